-- Reports impressions, each by the next token of the file that EVENT_TOKENS names; where it names none, asks for /livez.
local tokens = {}
local name = os.getenv("EVENT_TOKENS")
if name ~= "" then for line in io.lines(name) do tokens[#tokens + 1] = line end end
local at = 0
function request()
  if #tokens == 0 then return wrk.format("GET", "/livez") end
  at = at % #tokens + 1
  return wrk.format("GET", "/i/" .. tokens[at])
end
function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
