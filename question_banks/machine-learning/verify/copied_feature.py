# Trains a real naive Bayes classifier by counting, in exact fractions, on a table of mails whose link column is copied
# k times, and asks it for the class probability of a row full of ones.
import json
import sys
from fractions import Fraction


def solve(prior, hit, alarm, k):
    size = 10_000
    spam = round(size * prior)
    linked_spam, linked_ham = round(spam * hit), round((size - spam) * alarm)
    rows = [((1,) * k, 1, linked_spam), ((0,) * k, 1, spam - linked_spam)]
    rows += [((1,) * k, 0, linked_ham), ((0,) * k, 0, size - spam - linked_ham)]
    joint = {}
    for label in (0, 1):
        total = sum(n for _, l, n in rows if l == label)
        joint[label] = Fraction(total, size)
        for column in range(k):
            ones = sum(n for x, l, n in rows if l == label and x[column] == 1)
            joint[label] *= Fraction(ones, total)
    return joint[1] / (joint[0] + joint[1])


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{float(solve(**v['params'])):.5f}"} for v in job["variants"]]}))
