#!/bin/sh
# SPDX-License-Identifier: MIT
# The probe placement by Core ML that hangs, is killed, aborts or refuses: each case is a row that names the step,
# and the others go on.
#     placement.sh PLACEMENT SIMS
. "$(dirname "$0")/lib.sh"
placement=$1 sims=$2
compile=compileModelAtURL:error:
load=modelWithContentsOfURL:configuration:error:
plan=loadContentsOfURL:configuration:completionHandler:
predict=predictionFromFeatures:options:error:

# trouble DEVICE TROUBLE: one run; its rows are in $work/rows.
trouble() {
    rm -f "$work/rows"
    ANEPROBE_STANDIN_TROUBLE=$2 run_on "$sims/plan-published.sim" "$placement" --device "$1" --quick \
        --csv "$work/rows"
}
# rows N PATTERN: so are the rows of so many cases.
rows() { [ "$(grep -c -e ",cases,0,[a-z0-9-]*,$2" "$work/rows")" -eq "$1" ]; }
all() { rows 8 "$1"; }
# The same of rows that say where a case ran.
rows_ran() { [ "$(grep -c -e ",cases,0,[a-z0-9-]*-ran,\"*$2" "$work/rows" | tr -d ' ')" -eq "$1" ]; }

trouble coreml ''
check 'none: the cases are planned, and predicted right' rows 7 '[a-z]*,,[0-9]*,[0-9]*,0,[0-9]*,right,ok,,'
check 'none: no pixel buffer is as wide as one of them' rows 1 'processor,surface,4,0,0,4,refused,ok,.*use io=copy'
check 'none: nothing that the framework does not forgive' no_violations
check 'none: the engine was idle all the same, by counters' \
    rows_ran 7 'elsewhere,,,,,,,ok,"*AMC Stats, Perf Counters counts 0 a second with the work'
trouble coreml amc-refused
check 'no AMC Stats: by interrupts' rows_ran 7 'elsewhere,,,,,,,ok,"*Interrupt Statistics counts 0'
trouble coreml 'absent=_ANEInMemoryModel'
check 'no control: where a case ran is not known' \
    rows_ran 7 ',,,,,,,unsupported,"*no program ran on the engine for sure.*_ANEInMemoryModel is absent'
trouble coreml "kill=loadWithQoS:options:error:"
check 'killed in the control: planned and predicted without it' rows 7 '[a-z]*,,[0-9]*,[0-9]*,0,[0-9]*,right,ok,,'
check 'killed in the control: where a case ran is not known' \
    rows_ran 7 ',,,,,,,unsupported,"*the control ended its process'
trouble coreml "kill=$compile"
check 'killed at compile: every case is stopped there' all 'stopped,compile,.*failed,compile: .*signal 9'
trouble coreml "kill=$load"
check 'killed at load: the same' all 'stopped,load,.*failed,load: .*signal 9'
trouble coreml "kill=$plan"
check 'killed at the plan: the same' all 'stopped,plan,.*failed,plan: .*signal 9'
trouble coreml "kill=$predict"
check 'killed at the prediction: the plan is there' rows 7 '[a-z]*,predict,[0-9]*,[0-9]*,0,[0-9]*,stopped,ok,predict: .*signal 9'
trouble coreml "crash=$load"
check 'a crash at load' all 'stopped,load,.*failed,load: .*signal 11'
trouble coreml load-11
check 'error 11 at load: refused' all 'refused,load,.*failed,.*E5RT: error 11'
trouble coreml:all all-aborts
check 'an abort with all units' all 'stopped,load,.*failed,load: .*signal 6'
trouble coreml backings-refused
check 'backings refused: planned, the prediction refused' rows 7 '[a-z]*,eval,[0-9]*,[0-9]*,0,[0-9]*,refused,ok,.*output backing'
trouble coreml "absent=computeDeviceUsageForMLProgramOperation:"
check 'no word of the unit: unsaid' contains "$work/rows" ',tiny,unsaid,,1,0,0,0,right,ok,,'
trouble coreml 'absent=MLComputePlan'
check 'no plans: unsupported, by name' all ',placement,.*unsupported,.*class MLComputePlan is absent'
trouble coreml "late=$load"
check 'a load that never ends: stopped at its limit' all 'stopped,load,.*failed,load: it exceeded its limit'
end_checks
