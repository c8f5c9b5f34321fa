# Runs the code of the stem for n = 2^6 ... 2^18 (also between powers of two) and counts its steps.
# A growth law is accepted if steps/law stays within 5 % over that range.
import json
import math
import sys

CODE = """
def steps(n):
    count = 0
    for i in range(1, n + 1):
        j = i
        while j <= n:
            count += 1
            j *= 2
    return count
"""
space = {}
exec(CODE, space)
LAWS = {
    r"$\Theta(n)$": lambda n: n,
    r"$\Theta(n \log\log n)$": lambda n: n * math.log2(math.log2(n)),
    r"$\Theta(n \log n)$": lambda n: n * math.log2(n),
    r"$\Theta(n \log^2 n)$": lambda n: n * math.log2(n) ** 2,
}
sizes = [2**6, 3 * 2**6, 2**10, 3 * 2**12, 2**18]
cost = {n: space["steps"](n) for n in sizes}


def spread(law):
    ratios = [cost[n] / law(n) for n in sizes]
    return max(ratios) / min(ratios)


answers = []
for v in json.load(sys.stdin)["variants"]:
    good = [o for o, text in v["options"].items() if spread(LAWS[text]) < 1.05]
    assert len(good) == 1, {t: spread(g) for t, g in LAWS.items()}
    answers.append({"option": good[0]})
print(json.dumps({"answers": answers}))
