-- Posts page calls, each for the next article of the file that PAGE_BODIES names, with the token in PAGE_TOKEN.
local bodies = {}
for line in io.lines(os.getenv("PAGE_BODIES")) do bodies[#bodies + 1] = line end
local at = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("PAGE_TOKEN")
function request()
  at = at % #bodies + 1
  return wrk.format(nil, "/v1/page", nil, bodies[at])
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
