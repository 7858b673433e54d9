/* SPDX-License-Identifier: MIT
 *
 * The table of the framework's codes and messages. Codes: dev-erik/ANE, slavko-at-klincov-it/ANE-Training and
 * sbryngelson/ANEForge; the engine's statuses also: omlx, 751K's M6 study, sbryngelson/ane-guide; messages:
 * blacktop/ipsw-diffs (AppleNeuralEngine 382.15.1 of macOS 27).
 */
#include "device/ane/ane_error_words.h"

#include <string.h>

struct coded_meaning {
    int code; /* 32 bits as the framework has them */
    struct apple_error_meaning meaning;
};

static const struct coded_meaning codes[] = {
    {1, {DEVICE_UNSUPPORTED, "this needs an entitlement that only Apple's programs have"}},
    {2, {DEVICE_UNSUPPORTED, "real-time priority needs an entitlement"}},
    {3, {DEVICE_FAILED, "it took too long"}},
    {4, {DEVICE_FAILED, "could not create the program (compile or load)"}},
    {5, {DEVICE_FAILED, "too many evals at once"}},
    {6, {DEVICE_FAILED, "the load failed"}},
    {7, {DEVICE_UNSUPPORTED, "a code signature is missing"}},
    {8, {DEVICE_FAILED, "the eval failed on the engine"}},
    {9, {DEVICE_FAILED, "no access to a file"}},
    {10, {DEVICE_FAILED, "the model is not valid"}},
    {11, {DEVICE_FAILED, "the key is not valid"}},
    {12, {DEVICE_FAILED, "purging is not allowed"}},
    {13, {DEVICE_FAILED, "could not map a surface"}},
    {14, {DEVICE_FAILED, "could not unmap a surface"}},
    {15, {DEVICE_FAILED, "could not prepare chaining"}},
    {16, {DEVICE_FAILED, "a file was not found"}},
    {17, {DEVICE_FAILED, "the model's id was not found"}},
    {18, {DEVICE_FAILED, "could not create a new instance"}},
    {19, {DEVICE_FAILED, "could not create a new instance"}},
    {20, {DEVICE_FAILED, "the instance is not valid"}},
    {21, {DEVICE_FAILED, "could not create a new instance"}},
    {22, {DEVICE_UNSUPPORTED, "the host is too old"}},
    {23, {DEVICE_FAILED, "the program was not found"}},
    {24, {DEVICE_FAILED, "the data was not found"}},
    {25, {DEVICE_UNSUPPORTED, "not supported here"}},
    {26, {DEVICE_FAILED, "an argument is bad"}},
    {27, {DEVICE_UNSUPPORTED, "there is no engine in a virtual machine"}},
    {29, {DEVICE_UNSUPPORTED, "there is no engine in a virtual machine"}},
    {53, {DEVICE_FAILED, "the load ran out of memory"}},
};

/* The engine's own, beneath a code or in its place. */
static const struct coded_meaning statuses[] = {
    {-14, {DEVICE_FAILED, "the engine does not take this program"}},
    {0x12, {DEVICE_FAILED, "could not map a surface"}},
    {0x1d, {DEVICE_FAILED, "the program failed on the engine; tensors may be too small, or a "
                           "surface of another size"}},
    {138, {DEVICE_FAILED, "the compiler crashed (SIGBUS); the program may have too many layers"}},
    {0x20004,
        {DEVICE_FAILED, "the loaded programs fill the engine's window of some 4 GiB; unload some"}},
    {0x50004, {DEVICE_FAILED, "the table of loaded programs is full; unload some"}},
    {(int)0xe00002c2, {DEVICE_FAILED, "an argument is bad (kIOReturnBadArgument)"}},
    {(int)0xe00002c7,
        {DEVICE_UNSUPPORTED, "it needs an entitlement that only Apple's programs have"}},
    {(int)0xe00002e2,
        {DEVICE_UNSUPPORTED, "a program that Apple's compiler did not make is rejected"}},
};

/* What a message of macOS 27 says, behind "Inference failed" or "Program load failed", and what to do. */
static const struct {
    const char *text;
    struct apple_error_meaning meaning;
} messages[] = {
    {"ANE firmware failure",
        {DEVICE_FAILED,
            "the engine's firmware failed; run again, and restart the machine if it fails again"}},
    {"ANE hardware failure",
        {DEVICE_FAILED, "the engine failed; restart the machine, and run again"}},
    {"IOSurface smaller than the model expects",
        {DEVICE_FAILED, "a surface is smaller than the program needs; run 'aneprobe doctor'"}},
    {"ISO too old", {DEVICE_FAILED, "the request was too old; run again"}},
    {"bad program image",
        {DEVICE_FAILED, "the compiled program is damaged, or of another system; compile it again"}},
    {"device not ready", {DEVICE_FAILED, "the engine was not ready; run again"}},
    {"device power-on failed", {DEVICE_FAILED, "the engine did not wake up; run again"}},
    {"device still open",
        {DEVICE_FAILED, "the engine is still open elsewhere; end other programs that use it"}},
    {"exclusive-access contention with another client",
        {DEVICE_FAILED, "another program has the engine for itself; end it"}},
    {"generic ANE error", {DEVICE_FAILED, "the engine gave no reason"}},
    {"invalid argument or state",
        {DEVICE_FAILED, "an argument is bad, or the call came too early or late"}},
    {"no ANE resources", {DEVICE_FAILED, "the engine has no room; unload programs, and run again"}},
    {"no memory", {DEVICE_FAILED, "memory ran out; end other programs, and run again"}},
    {"operation not permitted",
        {DEVICE_UNSUPPORTED, "this needs an entitlement that only Apple's programs have"}},
    {"referenced resource not found",
        {DEVICE_FAILED, "something that the request names is gone; load the program again"}},
    {"request aborted", {DEVICE_FAILED, "the request was given up; run again"}},
    {"shared intermediate buffer alloc/lock failure",
        {DEVICE_FAILED, "no room for what programs share; unload some"}},
    {"Inference preempted by higher-priority request",
        {DEVICE_FAILED,
            "a request of higher priority took its place; run again on an idle machine"}},
    {"Mutable weights map failed", {DEVICE_FAILED, "the weights could not be mapped"}},
    {"Mutable weights unmap failed", {DEVICE_FAILED, "the weights could not be unmapped"}},
    {"Program IOSurfaces map failed", {DEVICE_FAILED, "could not map a surface"}},
    {"Program IOSurfaces unmap failed", {DEVICE_FAILED, "could not unmap a surface"}},
    {"Session hint request failed", {DEVICE_FAILED, "the hint was not taken"}},
};

static const struct apple_error_meaning *find(
    const struct coded_meaning *table, size_t n, int code) {
    for (size_t i = 0; i < n; i++)
        if (table[i].code == code)
            return &table[i].meaning;
    return NULL;
}

const struct apple_error_meaning *ane_error_of_status(int status) {
    return find(statuses, sizeof statuses / sizeof statuses[0], status);
}

const struct apple_error_meaning *ane_error_of_code(int code) {
    const struct apple_error_meaning *meaning = find(codes, sizeof codes / sizeof codes[0], code);
    return meaning ? meaning : ane_error_of_status(code);
}

const struct apple_error_meaning *ane_error_of_text(const char *text) {
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (strstr(text, messages[i].text))
            return &messages[i].meaning;
    return NULL;
}
