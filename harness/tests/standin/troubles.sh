#!/bin/sh
# SPDX-License-Identifier: MIT
# Each documented trouble of the framework: what the device says of it, and what becomes of the job.
#     troubles.sh ANEPROBE TROUBLED SIMS FAKES
. "$(dirname "$0")/lib.sh"
aneprobe=$1 models=$3 fakes=$4
# paths in a list of experiments are relative to it
troubled=$(cd "$(dirname "$2")" && pwd)/${2##*/}
use_fake_report "$fakes" /dev/null
printf 'program,kind,path\ntroubled,probe,%s\n' "$troubled" >"$work/programs.csv"
ANEPROBE_PROGRAMS=$work/programs.csv
export ANEPROBE_PROGRAMS

n_runs=0
# trouble MODEL TROUBLE: one run, whose directory is in $run.
trouble() {
    n_runs=$((n_runs + 1))
    run=$work/run$n_runs
    ANEPROBE_STANDIN_TROUBLE=$2
    export ANEPROBE_STANDIN_TROUBLE
    run_on "$models/$1.sim" "$aneprobe" run --quick --seed 1 --device ane --out "$run" troubled
}
# job ARM STATUS: what the runner says of it.
job() { [ "$(awk -F, -v arm="$1" '$3 == arm { print $5 }' "$run/jobs.csv")" = "$2" ]; }
# sample ARM PATTERN: its row in the samples.
sample() { grep ",$1," "$run/samples/troubled.csv" | grep -v ',end,' | grep -q -e "$2"; }
# heard ARM PATTERN: what the trial said on stderr.
heard() {
    number=$(awk -F, -v arm="$1" '$3 == arm { print $1 }' "$run/jobs.csv")
    grep -q -e "$2" "$run/jobs/$(printf %04d "$number")/err"
}

trouble chain-works ''
check 'none: the outputs are right' sample eval ',right,.*,ok,'
check 'none: the chain too' sample chain ',right,.*,ok,'
check 'none: nothing that the framework does not forgive' no_violations

trouble chain-works outputs-by-name
check 'slots by name: the outputs are right' sample eval ',right,.*,ok,'
check 'slots by name: nothing that the framework does not forgive' no_violations

trouble chain-works eval-0x1d
check '0x1d: failed, with stage, code and status' sample eval ',eval,8,.*failed.*0x1d'
check '0x1d: the job is over properly' job eval ok

trouble chain-refused ''
check 'error 15: failed, with stage and code' sample chain ',prepare,15,.*failed.*could not prepare chaining'

trouble chain-works not-ready
check 'not ready: failed, and that no reason was given' sample chain ',ready,0,.*failed.*failed and gave no reason'

trouble chain-works 'absent=hexStringIdentifier'
check 'absent selector: unsupported, by name' sample eval 'unsupported.*hexStringIdentifier\] is absent on this OS'
trouble chain-works 'absent=_ANEInMemoryModel'
check 'absent class: unsupported, by name' sample eval 'unsupported.*class _ANEInMemoryModel is absent on this OS'
check 'absent class: nothing that the framework does not forgive' no_violations

trouble chain-works 'raise=evaluateWithQoS:options:request:error:,hang=evaluateWithModel:options:request:qos:error:'
check 'an exception: crashed' job eval crashed
check 'an exception: the signal' heard eval SIGABRT
check 'an exception: its words are kept' heard eval 'uncaught exception.*evaluateWithQoS:options:request:error: was asked to raise'
check 'a hang: timeout' job client timeout
check 'a hang: the limit is named' heard client 'stopped after 2 s'
check 'a hang: the others went on' sample chain ',right,.*,ok,'

trouble chain-works 'crash=loadWithQoS:options:error:'
check 'a crash: crashed' job eval crashed
check 'a crash: the signal' heard eval 'SIGSEGV'
check 'a crash: the program is left in the temporary directory' directories_left
trouble chain-works ''
check 'after a crash: the next run clears it away' no_directories_left
end_checks
