# Runs the code of the stem on the text of every option and compares it with a brute-force search over all blocks.
# The one option where the two differ is the answer.
import ast
import json
import sys

CODE = """
def longest_distinct(s):
    last = {}
    left = best = 0
    for i, c in enumerate(s):
        if c in last:
            left = last[c] + 1
        last[c] = i
        best = max(best, i - left + 1)
    return best
"""
space = {}
exec(CODE, space)


def brute(s):
    blocks = [s[i:j] for i in range(len(s)) for j in range(i + 1, len(s) + 1)]
    return max(len(b) for b in blocks if len(set(b)) == len(b))


answers = []
for v in json.load(sys.stdin)["variants"]:
    texts = {o: ast.literal_eval(t.strip("`")) for o, t in v["options"].items()}
    wrong = [o for o, s in texts.items() if space["longest_distinct"](s) != brute(s)]
    assert len(wrong) == 1, wrong
    answers.append({"option": wrong[0]})
print(json.dumps({"answers": answers}))
