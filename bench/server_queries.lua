-- server_queries.lua - for wrk: the queries that server.py wrote, one after the other.
-- Arguments: the path of the requests, and a file with a JSON body a line.
local requests, sent = {}, 0

function init(arguments)
    local headers = { ["Content-Type"] = "application/json" }
    for body in io.lines(arguments[2]) do
        requests[#requests + 1] = wrk.format("POST", arguments[1], headers, body)
    end
end

function request()
    sent = sent + 1
    return requests[(sent - 1) % #requests + 1]
end

function done(summary, latency, all)
    local errors = summary.errors
    io.write(string.format("kith-bench %d %d %d %f\n", summary.requests, summary.duration,
        errors.status + errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(50)))
end
