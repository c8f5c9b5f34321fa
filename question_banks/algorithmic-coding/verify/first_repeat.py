# Plays the task with each structure on n distinct shuffled keys that count every comparison and hash; list insertion adds the moved elements.
# Linear means: four times as many integers cost about four times as much.
import bisect
import heapq
import json
import random
import sys

work = 0


class Key:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        global work
        work += 1
        return hash(self.value)

    def __eq__(self, other):
        global work
        work += 1
        return self.value == other.value

    def __lt__(self, other):
        global work
        work += 1
        return self.value < other.value


def hash_set(keys):
    seen = set()
    for key in keys:
        if key in seen:
            return
        seen.add(key)


def sorted_list(keys):
    global work
    seen = []
    for key in keys:
        place = bisect.bisect_left(seen, key)
        if place < len(seen) and seen[place] == key:
            return
        work += len(seen) - place
        seen.insert(place, key)


def plain_list(keys):
    seen = []
    for key in keys:
        if key in seen:
            return
        seen.append(key)


def heap(keys):
    seen = []
    for key in keys:
        if key in seen:
            return
        heapq.heappush(seen, key)


WAYS = {"hash set": hash_set, "sorted list": sorted_list, "reading order": plain_list, "min-heap": heap}


def cost(way, n):
    global work
    values = [v * 1_000_003 for v in range(n)]
    random.Random(n).shuffle(values)
    work = 0
    way([Key(v) for v in values])
    return work


answers = []
for v in json.load(sys.stdin)["variants"]:
    good = []
    for option, text in v["options"].items():
        way = next(f for name, f in WAYS.items() if name in text)
        if cost(way, 1200) / cost(way, 300) < 5:
            good.append(option)
    assert len(good) == 1, good
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
