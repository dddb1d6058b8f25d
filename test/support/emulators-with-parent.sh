#!/bin/sh
# Runs a command that ends with its parent: when the pipe to standard input closes, which happens however
# the parent ends, the command is killed.
exec 3<&0
"$@" 3<&- </dev/null &
command=$!
(
  read -r _ <&3
  kill -9 $command 2>/dev/null
) &
watch=$!
wait $command
code=$?
kill $watch 2>/dev/null
exit $code
