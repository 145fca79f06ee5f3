# What the stages share: tests in a booted system. Sourced by dash, with . /run/t/stages.sh
# shellcheck shell=dash

. /run/t/lib.sh
. /run/t/env
KV=$(uname -r)
PARAM=/sys/module/perftop/parameters
