/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A frontend of the display protocol in a program, for requests that no driver sends. The device
 * vdispl-0 must not be bound to the guest's driver. The memory is that of gntalloc.
 */
#ifndef DISPLAY_FRONTEND_H
#define DISPLAY_FRONTEND_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "protocol.h"

#define FRONT		"device/vdispl/0"
#define CONNECTOR	FRONT "/0"
#define XR24		0x34325258U
#define PAGE		4096U
/* The size of a buffer that create() asks for. */
#define WIDTH		64U
#define HEIGHT		64U
#define BYTES		(WIDTH * HEIGHT * 4)
#define PAGES		(BYTES / PAGE)
/* A status that no response has. */
#define NO_ANSWER	1
/* A reference beyond the grant table. */
#define NOT_SHARED	0x7fffffffU

extern struct xs_handle *store;
extern xenevtchn_handle *events;

/* The connection. */
extern xenevtchn_port_or_error_t req_port;
extern struct xen_displif_front_ring ring;
extern struct xendispl_event_page *page;

/* The page that lists the references of a buffer, and its reference. */
extern uint32_t *directory, directory_ref;

/* Opens all, and shares a buffer of BYTES. Returns its memory. The program ends if that fails. */
uint32_t *frontend_open(void);

/* Prints the error and ends the program. */
void __attribute__((noreturn)) die(const char *what);

/* Prints "<scenario>: <status>". */
void tell(const char *scenario, int status);

void write_number(const char *path, unsigned int number);
bool wait_state(unsigned int state);

/* Shares zeroed pages with the backend. */
void *share(uint32_t *refs, unsigned int count);

void connect_backend(void);
void disconnect(void);

/* Puts a request in the ring, without a notification. */
void put(const struct xendispl_req *request);
void push(void);

/* All return the status of the response, or NO_ANSWER. */
int receive(struct xendispl_resp *response);
int ask_for(const struct xendispl_req *request, struct xendispl_resp *response);
int ask(const struct xendispl_req *request);

struct xendispl_req create(uint64_t cookie);
struct xendispl_req destroy(uint64_t cookie);
struct xendispl_req attach(uint64_t buffer, uint64_t cookie, uint32_t width, uint32_t height,
			   uint32_t format);
/* Cookie 0 and all else 0: switch off. */
struct xendispl_req show(uint64_t cookie, uint32_t x, uint32_t y, uint32_t width, uint32_t height);
struct xendispl_req flip(uint64_t cookie);

#endif /* DISPLAY_FRONTEND_H */
