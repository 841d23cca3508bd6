/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connector of a guest's display: its ring of requests, its page of events, and the screen that
 * shows its pictures.
 */
#ifndef CONNECTOR_H
#define CONNECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <xenevtchn.h>

#include "buffer.h"
#include "protocol.h"

/**
 * struct connector - a connector
 * @more: there may be requests in the ring
 * @served: the turn in which its requests were handled last
 * @evt_id: id of the next event
 * @evt_prod: the page's in_prod, which the guest could change
 * @flipping: @flip is not shown yet
 * @flip: the frame buffer that is shown at the next vertical blank
 * @flips: how many flips there were
 * @sent: how many notifications were sent to the guest
 * @received: how many came from it
 */
struct connector {
	unsigned int index;
	uint32_t domid;
	struct buffers *buffers;
	struct screen *screen;
	struct xen_displif_back_ring ring;
	struct xendispl_event_page *page;
	/* Local event channels, or -1. */
	xenevtchn_port_or_error_t req_port, evt_port;
	bool more, flipping;
	uint64_t served;
	uint16_t evt_id;
	uint32_t evt_prod;
	uint64_t flip;
	uint64_t flips, sent, received;
	uint32_t width, height;
};

/*
 * Connects to what the frontend has published below @path. Returns 0 or a negative errno: ENOENT if
 * there is no such connector, EBUSY if the output has no free screen.
 */
int connector_open(struct connector *connector, struct buffers *buffers, uint32_t domid,
		   unsigned int index, const char *path);
void connector_close(struct connector *connector);

/*
 * Handles requests for some milliseconds, and sets @more if some are left. Returns -EPROTO if the
 * frontend breaks the protocol of the ring.
 */
int connector_requests(struct connector *connector);

#endif /* CONNECTOR_H */
