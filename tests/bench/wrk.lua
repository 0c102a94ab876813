-- wrk's figures as one line of JSON.
function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format('RESULT {"requests":%d,"rate":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"failed":%d}\n',
		summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		e.connect + e.read + e.write + e.status + e.timeout))
end
