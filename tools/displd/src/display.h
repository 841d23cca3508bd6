/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The displays of the guests: their states in xenstore, and their connectors.
 */
#ifndef DISPLAY_H
#define DISPLAY_H

#include <stdbool.h>

/* Finds the displays that exist and watches for others. 0 or a negative errno. */
int displays_open(void);
/* Takes all displays away from their guests. */
void displays_close(void);

/* There is something to read from xenstore, or from the event channels. */
void displays_store_ready(void);
void displays_event_ready(void);

/*
 * Does one thing for a display whose nodes have changed, and one for a connector with requests.
 * Returns false if there was nothing to do.
 */
bool displays_more(void);

/* Prints what the displays have and what they have done since they connected. */
void displays_report(void);

#endif /* DISPLAY_H */
