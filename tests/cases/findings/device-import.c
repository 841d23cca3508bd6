// SPDX-License-Identifier: GPL-2.0
/*
 * mainline
 * mainline-spoils
 * platforms: arm64
 *
 * A device imports an old export. In Dom0 on Arm the device uses machine addresses, and these are
 * the guest's own frames for any number of pages. Unpatched kernels treat pages as one piece if
 * they are only contiguous in Dom0. They give the device a bounce buffer, and nothing copies the
 * data to or from it. Or they fail, because no bounce buffer is large enough. MAINLINE=1 expects
 * this for buffers with the flag COHERENT.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../modules/importer.h"

#include "case.h"
#include "guest.h"
#include "hv.h"

static struct guest guest;
static int importer;

static void expect_fault(struct importer_attach *args, const struct guest_pages *pages)
{
	uint64_t frame;

	if (pages->count > 64) {
		CHECK_ERRNO(ioctl(importer, IMPORTER_ATTACH, args), ENOMEM);
		note("reproduced: %u pages, no device can map them", pages->count);
		return;
	}
	CHECK_OK(ioctl(importer, IMPORTER_ATTACH, args));
	CHECK_EQ(args->nents, 1);
	hv_frames(guest.domid, pages->refs, 1, &frame);
	CHECK(args->address / PAGE_BYTES != frame);
	note("reproduced: %u pages, device address %#llx, but the guest's frame is %#llx",
	     pages->count, (unsigned long long)args->address,
	     (unsigned long long)frame);
}

static void expect_frames(struct importer_attach *args, const struct guest_pages *pages)
{
	uint64_t frame;

	CHECK_OK(ioctl(importer, IMPORTER_ATTACH, args));
	CHECK_EQ(args->total, pages->count * PAGE_BYTES);
	hv_frames(guest.domid, pages->refs, 1, &frame);
	CHECK_EQ(args->address, frame * PAGE_BYTES);
}

static void import(uint32_t flags, uint32_t count)
{
	struct importer_attach args = { 0 };
	struct guest_pages pages;

	guest_share(&guest, &pages, count);
	args.fd = old_export_pages(&guest, &pages, flags);
	if (is_mainline())
		expect_fault(&args, &pages);
	else
		expect_frames(&args, &pages);
	old_export_close(&guest, args.fd);
	CHECK(WITHIN_MS(5000, !hv_mapped(guest.domid, pages.refs, count)));
	CHECK_EQ(guest_unshare(&guest, &pages), 0);
}

int main(void)
{
	static const uint32_t counts[] = { 16, 65, 256, 4096 };
	unsigned int i;

	REQUIRE(!system("modprobe test-importer"));
	importer = open("/dev/xen-test-importer", O_RDWR | O_CLOEXEC);
	REQUIRE(importer >= 0);
	guest_open(&guest);
	for (i = 0; i < ARRAY_SIZE(counts); i++)
		import(GNTDEV_OLD_FLAG_COHERENT, counts[i]);
	if (!is_mainline()) {
		import(GNTDEV_OLD_FLAG_WC, 256);
		import(0, 256);
	}
	return CASE_PASS;
}
