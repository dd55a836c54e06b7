/* SPDX-License-Identifier: BSD-2-Clause */
/* The fault codes of the XML-RPC interface. */
#ifndef COMMON_FAULTS_H
#define COMMON_FAULTS_H

enum fault {
	FAULT_UNKNOWN_METHOD = 1,
	FAULT_INCORRECT_PARAMETERS = 2,
	FAULT_BAD_ARGUMENTS = 3,
	FAULT_SIGNATURE_UNSUPPORTED = 4,
	FAULT_SHUTDOWN_STATE = 6,
	FAULT_BAD_NAME = 10,
	FAULT_BAD_SIGNAL = 11,
	FAULT_NO_FILE = 20,
	FAULT_NOT_EXECUTABLE = 21,
	FAULT_FAILED = 30,
	FAULT_ABNORMAL_TERMINATION = 40,
	FAULT_SPAWN_ERROR = 50,
	FAULT_ALREADY_STARTED = 60,
	FAULT_NOT_RUNNING = 70,
	FAULT_SUCCESS = 80,
	FAULT_ALREADY_ADDED = 90,
	FAULT_STILL_RUNNING = 91,
	FAULT_CANT_REREAD = 92,
	FAULT_NOT_PERMITTED = 100, /* ours: the client's role does not do */
};

/* "BAD_NAME" for FAULT_BAD_NAME; "UNKNOWN" for a code that is not of the enum.
 * A constant string. */
const char *fault_name(int code);

#endif
