#!/bin/sh
# SPDX-License-Identifier: MIT
# Each documented trouble of the framework: what the device reports, and how the job ends.
#     troubles.sh ANEPROBE TROUBLED SIMS FAKES
. "$(dirname "$0")/lib.sh"
aneprobe=$1 models=$3 fakes=$4
# paths in a list of experiments are relative to it
troubled=$(cd "$(dirname "$2")" && pwd)/${2##*/}
use_fake_report "$fakes" /dev/null
printf 'experiment,kind,path\ntroubled,probe,%s\n' "$troubled" >"$work/experiments.csv"
ANEPROBE_EXPERIMENTS=$work/experiments.csv
export ANEPROBE_EXPERIMENTS

# A compiled Core ML model that was not taken yet is in the temporary directory; programs are in the run's.
no_coreml_left() { ! find "$work/tmp" -name '*.mlmodelc' | grep -q . && ! find "$work/tmp" -name '*.mlpackage' | grep -q .; }

n_runs=0
device=ane
# trouble SIM TROUBLE: one run on $device; its directory is in $run.
trouble() {
    n_runs=$((n_runs + 1))
    run=$work/run$n_runs
    ANEPROBE_STANDIN_TROUBLE=$2
    export ANEPROBE_STANDIN_TROUBLE
    run_on "$models/$1.sim" "$aneprobe" run --quick --seed 1 --device "$device" --out "$run" troubled
}
# job ARM STATUS: the status that the runner recorded.
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

# ---- Core ML
load=modelWithContentsOfURL:configuration:error:
device=coreml
trouble chain-works ''
check 'Core ML, none: the outputs are right' sample eval ',right,.*,ok,'
check 'Core ML, none: it has no chains' sample chain 'unsupported.*no chained requests'
check 'Core ML, none: nothing that it does not forgive' no_violations

# one arm alone, whose limit is short
ANEPROBE_STANDIN_TROUBLE=hang=$load
run_on "$models/chain-works.sim" "$troubled" --device coreml --filter client --quick
check 'a load that never ends: stopped' says 'client: it exceeded its limit of 2 s and was killed'

trouble chain-works "kill=$load"
check 'killed at load: crashed' job eval crashed
check 'killed at load: the signal' heard eval SIGKILL
trouble chain-works ''
check 'after that: the next run clears its directory away' no_coreml_left

trouble chain-works load-11
check 'error 11: failed, with stage and code' sample eval ',load,11,.*failed.*E5RT: error 11'
check 'error 11: the job is over properly' job eval ok

trouble chain-works all-aborts
check 'an abort with all units: not with ne' sample eval ',right,.*,ok,'
device=coreml:all
trouble chain-works all-aborts
check 'an abort with all units: crashed' job eval crashed
check 'an abort with all units: the signal' heard eval SIGABRT

device=coreml
trouble chain-works backings-refused
check 'backings refused: failed, at the eval' sample eval ',eval,0,.*failed.*output backing'
device=coreml:ne,io=copy
trouble chain-works backings-refused
check 'backings refused: copied it is right' sample eval ',right,.*,ok,'

device=coreml
trouble chain-works 'absent=setOutputBackings:'
check 'absent selector of Core ML: unsupported, by name' \
    sample eval 'unsupported.*setOutputBackings:\] is absent on this OS'
end_checks
