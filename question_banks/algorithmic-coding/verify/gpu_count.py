# Tries 1, 2, 3, ... GPUs and searches all assignments of jobs to GPUs for one without overlap on any GPU (backtracking).
# The first number that works is the answer; overlaps are tested hour by hour.
import json
import sys

STARTS = [0, 1, 3, 4, 6, 7, 9]


def fits(jobs, gpus):
    used = [set() for _ in range(gpus)]

    def place(i):
        if i == len(jobs):
            return True
        for hours in used:
            if not hours & jobs[i]:
                hours |= jobs[i]
                if place(i + 1):
                    return True
                hours -= jobs[i]
        return False

    return place(0)


answers = []
for v in json.load(sys.stdin)["variants"]:
    lengths = [v["params"][f"d{i}"] for i in range(1, 8)]
    jobs = [set(range(s, s + d)) for s, d in zip(STARTS, lengths)]
    gpus = 1
    while not fits(jobs, gpus):
        gpus += 1
    answers.append({"value": str(gpus)})
print(json.dumps({"answers": answers}))
