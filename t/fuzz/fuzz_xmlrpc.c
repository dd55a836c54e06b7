/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads any bytes as a message; what was read is written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include "common/xmlrpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xmlrpc_limits limits = {1 << 16, 4096};
	static const struct xmlrpc_limits wide = {1 << 24, 8192};
	struct xmlrpc_message msg, again;
	size_t len;
	char *text = NULL;

	if (xmlrpc_decode((const char *)data, size, &limits, &msg) != XMLRPC_OK)
		return 0;
	if (msg.kind == XMLRPC_CALL)
		text = xmlrpc_encode_call(msg.method, msg.value, &len);
	else if (msg.kind == XMLRPC_RESULT)
		text = xmlrpc_encode_result(msg.value, &len);
	else
		text =
		    xmlrpc_encode_fault(msg.fault_code, msg.fault_text, &len);
	if (text == NULL ||
	    xmlrpc_decode(text, len, &wide, &again) != XMLRPC_OK ||
	    again.kind != msg.kind)
		abort();
	xmlrpc_clear(&again);
	xmlrpc_clear(&msg);
	free(text);
	return 0;
}
