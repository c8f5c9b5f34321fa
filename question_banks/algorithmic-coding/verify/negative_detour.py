# Runs the code of the stem for every set of weights.
# Bellman-Ford gives the true distance, which must be smaller in every variant (that is the point of the item).
import json
import sys

CODE = """
import heapq

def dijkstra(graph, source):
    dist, done, heap = {source: 0}, set(), [(0, source)]
    while heap:
        d, u = heapq.heappop(heap)
        if u in done:
            continue
        done.add(u)
        for v, w in graph[u]:
            if v not in done and d + w < dist.get(v, float("inf")):
                dist[v] = d + w
                heapq.heappush(heap, (dist[v], v))
    return dist

graph = {
    "s": [("a", {{p}}), ("b", {{q}})],
    "a": [("t", {{w}})],
    "b": [("a", -{{r}}), ("t", {{z}})],
    "t": [],
}
"""


def bellman_ford(graph, source):
    best = {u: float("inf") for u in graph} | {source: 0}
    for _ in graph:
        for u in graph:
            for v, w in graph[u]:
                best[v] = min(best[v], best[u] + w)
    return best


answers = []
for v in json.load(sys.stdin)["variants"]:
    code = CODE
    for name, value in v["params"].items():
        code = code.replace("{{" + name + "}}", str(value))
    space = {}
    exec(code, space)
    got = space["dijkstra"](space["graph"], "s")["t"]
    assert bellman_ford(space["graph"], "s")["t"] < got
    answers.append({"value": str(got)})
print(json.dumps({"answers": answers}))
