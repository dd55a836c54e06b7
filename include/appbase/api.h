/* SPDX-License-Identifier: BSD-2-Clause */
/* What every public header needs: linkage and compiler attributes. */
#ifndef APPBASE_API_H
#define APPBASE_API_H

#ifdef __cplusplus
#define APPBASE_BEGIN_DECLS extern "C" {
#define APPBASE_END_DECLS   }
#else
#define APPBASE_BEGIN_DECLS
#define APPBASE_END_DECLS
#endif

#if defined(__GNUC__) || defined(__clang__)
#define APPBASE_API	     __attribute__((__visibility__("default")))
#define APPBASE_PRINTF(f, a) __attribute__((__format__(__printf__, f, a)))
#define APPBASE_NORETURN     __attribute__((__noreturn__))
#else
#define APPBASE_API
#define APPBASE_PRINTF(f, a)
#define APPBASE_NORETURN
#endif

/* Grows when a structure or a function changes in an incompatible way. */
#define APPBASE_ABI 0

APPBASE_BEGIN_DECLS
/* The handle of this process's daemon; the one appbase_run() made. */
struct appbase;
APPBASE_END_DECLS

#endif /* APPBASE_API_H */
