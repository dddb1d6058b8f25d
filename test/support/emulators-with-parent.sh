#!/bin/sh
# Runs a command that ends with its parent: when the pipe to standard input closes, which happens however
# the parent ends, the command is killed. SIGUSR1 freezes the command, SIGUSR2 lets it go on.
exec 3<&0
"$@" 3<&- </dev/null &
command=$!
(
  read -r _ <&3
  kill -9 $command 2>/dev/null
) &
watch=$!
trap 'kill -STOP $command' USR1
trap 'kill -CONT $command' USR2
wait $command
code=$?
# A signal that is trapped ends the wait, not the command.
while kill -0 $command 2>/dev/null; do
  wait $command
  code=$?
done
kill $watch 2>/dev/null
exit $code
