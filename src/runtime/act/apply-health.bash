# shellcheck shell=bash
# An endpoint that has to answer, asked again until it does or its tries are used up. It is asked from here and not by the engine, which other steps
# need meanwhile.

# Its arguments: URL, status, tries, and the pause between them in seconds.
ask_endpoint() {
  local url=${arguments[0]} status=${arguments[1]} tries=${arguments[2]} interval=${arguments[3]}
  local condition="GET $url = $status" begun=$EPOCHREALTIME heard='' seconds try
  for ((try = 1; try <= tries; try += 1)); do
    ! endpoint_answers || return 0
    wait_because "$condition: $heard (try $try of $tries)"
    ((try == tries)) || pause "$interval"
  done
  since "$begun"
  result=failed reason="not ready after $seconds s and $tries tries: $condition ($heard)"
}

# One try, and past root's proxy, as in Health.pm. What came of it is left in `heard`.
endpoint_answers() {
  ((processes += 1))
  heard=$(curl -sS --noproxy '*' -o /dev/null -m 10 -w '%{http_code}' -- "$url" 2>&1 </dev/null 8>&- 9<&-)
  code=$?
  if ((code == 0)); then
    [[ $heard != "$status" ]] || return 0
    heard="answered $heard"
  else
    heard=${heard#000} # some releases write it before their message, some behind it
    heard=${heard%%$'\n'*}
    heard=${heard:-curl failed with exit $code}
  fi
  return 1
}
