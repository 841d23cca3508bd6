// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: how much of it there may be.
 *
 * A mapped grant costs an entry of the hypervisor's maptrack table, of which the whole
 * domain has a limited number, its block and network backends included. There are
 * limits for one open file, so that a program cannot take them all, and for one peer, so that
 * a guest cannot make a program do that.
 */

#define pr_fmt(fmt) "xen:" KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sysfs.h>
#include <linux/xarray.h>

#include "gntdev-dmabuf-private.h"

static ulong export_limit_file;
module_param(export_limit_file, ulong, 0644);
MODULE_PARM_DESC(export_limit_file,
		 "Maximum number of pages in dma-bufs exported on one open file (0: no limit)");

static ulong export_limit_domain;
module_param(export_limit_domain, ulong, 0644);
MODULE_PARM_DESC(export_limit_domain,
		 "Maximum number of pages in dma-bufs exported from one peer domain (0: no limit)");

static ulong mmap_limit;
module_param(mmap_limit, ulong, 0644);
MODULE_PARM_DESC(mmap_limit,
		 "PV only: maximum number of pages in user mappings of exported dma-bufs (0: no limit)");

/* Guards all of the counts. */
static DEFINE_MUTEX(quota_lock);
static unsigned long exported_pages;
static unsigned long mmap_pages;

/* Exported pages by domain, as value entries. */
static DEFINE_XARRAY(domain_pages);

/* Mappings that the hypervisor has refused to end. */
static atomic_long_t lost_mappings;

static unsigned long get_domain_pages(domid_t domid)
{
	void *entry = xa_load(&domain_pages, domid);

	return entry ? xa_to_value(entry) : 0;
}

static int set_domain_pages(domid_t domid, unsigned long pages)
{
	if (!pages) {
		xa_erase(&domain_pages, domid);
		return 0;
	}
	/* Only the first pages of a domain need memory for their entry. */
	return xa_err(xa_store(&domain_pages, domid, xa_mk_value(pages),
			       GFP_KERNEL));
}

static bool is_above(unsigned long used, unsigned int pages,
		     unsigned long limit)
{
	return limit && (used > limit || pages > limit - used);
}

/**
 * gntdev_dmabuf_charge_export - may so many pages be exported?
 * @ctx: on this file
 * @domid: from this peer
 * @pages: how many
 *
 * Return: 0 and they count as exported, -EDQUOT or -ENOMEM
 */
int gntdev_dmabuf_charge_export(struct gntdev_dmabuf_ctx *ctx, domid_t domid,
				unsigned int pages)
{
	unsigned long used;
	int err;

	guard(mutex)(&quota_lock);

	used = get_domain_pages(domid);
	if (is_above(ctx->exported_pages, pages, READ_ONCE(export_limit_file)) ||
	    is_above(used, pages, READ_ONCE(export_limit_domain)))
		return -EDQUOT;

	err = set_domain_pages(domid, used + pages);
	if (err)
		return err;

	ctx->exported_pages += pages;
	exported_pages += pages;
	return 0;
}

/**
 * gntdev_dmabuf_uncharge_export - pages are not exported any more
 * @ctx: on this file
 * @domid: from this peer
 * @pages: how many
 */
void gntdev_dmabuf_uncharge_export(struct gntdev_dmabuf_ctx *ctx, domid_t domid,
				   unsigned int pages)
{
	guard(mutex)(&quota_lock);

	set_domain_pages(domid, get_domain_pages(domid) - pages);
	ctx->exported_pages -= pages;
	exported_pages -= pages;
}

/**
 * gntdev_dmabuf_charge_mmap - may so many pages be mapped by processes?
 * @pages: how many
 *
 * Return: 0 and they count as mapped, or -EDQUOT
 */
int gntdev_dmabuf_charge_mmap(unsigned int pages)
{
	guard(mutex)(&quota_lock);

	if (is_above(mmap_pages, pages, READ_ONCE(mmap_limit)))
		return -EDQUOT;
	mmap_pages += pages;
	return 0;
}

/**
 * gntdev_dmabuf_uncharge_mmap - pages are not mapped by a process any more
 * @pages: how many
 */
void gntdev_dmabuf_uncharge_mmap(unsigned int pages)
{
	guard(mutex)(&quota_lock);

	mmap_pages -= pages;
}

/**
 * gntdev_dmabuf_count_lost - the hypervisor has refused to unmap a peer's page
 * @domid: the peer
 * @status: what it said, GNTST_*
 */
void gntdev_dmabuf_count_lost(domid_t domid, s16 status)
{
	long total = atomic_long_inc_return(&lost_mappings);

	pr_err_ratelimited("a page of domain %u could not be unmapped, status %d: mapping %ld that is lost\n",
			   domid, status, total);
}

static ssize_t exported_pages_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	guard(mutex)(&quota_lock);
	return sysfs_emit(buf, "%lu\n", exported_pages);
}
static DEVICE_ATTR_RO(exported_pages);

static ssize_t exported_pages_by_domain_show(struct device *dev,
					     struct device_attribute *attr,
					     char *buf)
{
	unsigned long domid;
	ssize_t at = 0;
	void *entry;

	guard(mutex)(&quota_lock);
	xa_for_each(&domain_pages, domid, entry)
		at += sysfs_emit_at(buf, at, "%lu %lu\n", domid,
				    xa_to_value(entry));
	return at;
}
static DEVICE_ATTR_RO(exported_pages_by_domain);

static ssize_t mmap_pages_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	guard(mutex)(&quota_lock);
	return sysfs_emit(buf, "%lu\n", mmap_pages);
}
static DEVICE_ATTR_RO(mmap_pages);

static ssize_t lost_mappings_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%ld\n", atomic_long_read(&lost_mappings));
}
static DEVICE_ATTR_RO(lost_mappings);

static struct attribute *quota_attrs[] = {
	&dev_attr_exported_pages.attr,
	&dev_attr_exported_pages_by_domain.attr,
	&dev_attr_mmap_pages.attr,
	&dev_attr_lost_mappings.attr,
	NULL
};

static const struct attribute_group quota_group = {
	.name = "dmabuf",
	.attrs = quota_attrs,
};

/* For the gntdev device. */
const struct attribute_group *gntdev_dmabuf_groups[] = {
	&quota_group,
	NULL
};
