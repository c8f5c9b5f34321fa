# Builds a development set image by image with the observed error rate and mixture of causes, repairs the blurred errors
# and counts the errors that are left.
import json
import sys


def solve(err, sample, blur):
    errors = [("error", i < blur) for i in range(sample)]
    images = sample * 100  # in units of 1/err images, so that errors are exactly err percent
    left = sum(err for kind, blurred in errors if not (kind == "error" and blurred))
    assert sum(err for _ in errors) * 100 == err * images
    return 100 * left / images


job = json.load(sys.stdin)
print(json.dumps({"answers": [{"value": f"{solve(**v['params']):.4f}"} for v in job["variants"]]}))
