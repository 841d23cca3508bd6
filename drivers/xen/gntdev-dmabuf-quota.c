// SPDX-License-Identifier: GPL-2.0
/*
 * Sharing of dma-bufs between Xen domains: how much of it there may be.
 *
 * A mapped grant needs an entry in the hypervisor's maptrack table. The size of the table is a
 * property of the domain, whose block and network backends need entries as well. So there is a
 * limit for the whole domain, below the usual size of the table; one for each user, as a program
 * can open as many files and start as many processes as it likes; and one for each peer, as a
 * guest can make a backend map its pages.
 *
 * Pages are charged to the user that exports or maps them, until the hypervisor has unmapped
 * them, in whatever context that happens.
 *
 * An imported page needs an entry of the domain's grant table, which its block and network
 * frontends need as well. So all imports together get half of it, and there can be limits for
 * each user and each peer. Pages are charged until their references are ended, which the peer
 * can delay.
 */

#define pr_fmt(fmt) "xen:" KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/sysfs.h>
#include <linux/uidgid.h>
#include <linux/xarray.h>

#include <xen/grant_table.h>

#include "gntdev-dmabuf-private.h"

/*
 * By default Xen gives a domain 1024 maptrack frames (gnttab_max_maptrack_frames=, and
 * max_maptrack_frames= of xl), each with 256 entries. A domain cannot ask how many it has.
 */
#define XEN_MAPTRACK_ENTRIES	(1024UL * 256)

static ulong mapping_limit = XEN_MAPTRACK_ENTRIES / 4 * 3;
module_param(mapping_limit, ulong, 0644);
MODULE_PARM_DESC(mapping_limit,
		 "Maximum number of pages in exported dma-bufs and, in PV domains, in user mappings of them, together (0: no limit)");

static ulong export_limit_user;
module_param(export_limit_user, ulong, 0644);
MODULE_PARM_DESC(export_limit_user,
		 "Maximum number of pages in dma-bufs exported by one user (0: no limit)");

static ulong export_limit_domain;
module_param(export_limit_domain, ulong, 0644);
MODULE_PARM_DESC(export_limit_domain,
		 "Maximum number of pages in dma-bufs exported from one peer domain (0: no limit)");

static ulong mmap_limit_user;
module_param(mmap_limit_user, ulong, 0644);
MODULE_PARM_DESC(mmap_limit_user,
		 "PV only: maximum number of pages in one user's mappings of exported dma-bufs (0: no limit)");

static ulong import_limit_user;
module_param(import_limit_user, ulong, 0644);
MODULE_PARM_DESC(import_limit_user,
		 "Maximum number of pages in dma-bufs imported by one user (0: no limit)");

static ulong import_limit_domain;
module_param(import_limit_domain, ulong, 0644);
MODULE_PARM_DESC(import_limit_domain,
		 "Maximum number of pages in dma-bufs imported for one peer domain (0: no limit)");

/**
 * struct count - pages that are in use, in all and by some key
 * @total: in all
 * @by_key: by key, as value entries. A key without pages has no entry
 */
struct count {
	unsigned long total;
	struct xarray by_key;
};

#define COUNT_INIT(name)	{ .by_key = XARRAY_INIT((name).by_key, 0) }

/* Guards all of the counts. */
static DEFINE_MUTEX(quota_lock);

/* Exported and imported pages by peer domain and by user, pages in user mappings by user. */
static struct count domain_exports = COUNT_INIT(domain_exports);
static struct count user_exports = COUNT_INIT(user_exports);
static struct count user_mmaps = COUNT_INIT(user_mmaps);
static struct count domain_imports = COUNT_INIT(domain_imports);
static struct count user_imports = COUNT_INIT(user_imports);

/* Mappings that the hypervisor has refused to end. */
static atomic_long_t lost_mappings;

static struct dentry *debugfs_dir;

static unsigned long get_count(struct count *count, unsigned long key)
{
	void *entry = xa_load(&count->by_key, key);

	lockdep_assert_held(&quota_lock);

	return entry ? xa_to_value(entry) : 0;
}

static int add_count(struct count *count, unsigned long key, unsigned int pages)
{
	unsigned long used = get_count(count, key);
	int err;

	/* Only the first pages of a key need memory for their entry. */
	err = xa_err(xa_store(&count->by_key, key, xa_mk_value(used + pages),
			      GFP_KERNEL));
	if (!err)
		count->total += pages;
	return err;
}

static void sub_count(struct count *count, unsigned long key, unsigned int pages)
{
	unsigned long used = get_count(count, key) - pages;

	if (used)
		xa_store(&count->by_key, key, xa_mk_value(used), GFP_KERNEL);
	else
		xa_erase(&count->by_key, key);
	count->total -= pages;
}

static bool is_above(unsigned long used, unsigned int pages,
		     unsigned long limit)
{
	return limit && (used > limit || pages > limit - used);
}

static bool too_many_mappings(unsigned int pages)
{
	lockdep_assert_held(&quota_lock);

	return is_above(user_exports.total + user_mmaps.total, pages,
			READ_ONCE(mapping_limit));
}

static unsigned long user_key(kuid_t uid)
{
	return __kuid_val(uid);
}

/* The pages of a dma-buf count for a peer, and for a user. */
static int count_pages(struct count *domains, domid_t domid,
		       struct count *users, kuid_t uid, unsigned int pages)
{
	int err;

	err = add_count(domains, domid, pages);
	if (err)
		return err;

	err = add_count(users, user_key(uid), pages);
	if (err)
		sub_count(domains, domid, pages);
	return err;
}

/**
 * gntdev_dmabuf_charge_export - charge the current user for pages to be exported
 * @uid: out: the user
 * @domid: the peer
 * @pages: how many
 *
 * Return: 0, -EDQUOT or -ENOMEM. After 0, gntdev_dmabuf_uncharge_export() is due.
 */
int gntdev_dmabuf_charge_export(kuid_t *uid, domid_t domid, unsigned int pages)
{
	*uid = current_uid();

	guard(mutex)(&quota_lock);

	if (too_many_mappings(pages) ||
	    is_above(get_count(&user_exports, user_key(*uid)), pages,
		     READ_ONCE(export_limit_user)) ||
	    is_above(get_count(&domain_exports, domid), pages,
		     READ_ONCE(export_limit_domain)))
		return -EDQUOT;

	return count_pages(&domain_exports, domid, &user_exports, *uid, pages);
}

/**
 * gntdev_dmabuf_uncharge_export - pages are not exported any more
 * @uid: the user that was charged
 * @domid: the peer
 * @pages: how many
 */
void gntdev_dmabuf_uncharge_export(kuid_t uid, domid_t domid, unsigned int pages)
{
	guard(mutex)(&quota_lock);

	sub_count(&domain_exports, domid, pages);
	sub_count(&user_exports, user_key(uid), pages);
}

/* How many pages all imports may have. Another host may allow another number. */
static unsigned long import_limit(void)
{
	static unsigned int lifetime;
	static unsigned long limit;

	lockdep_assert_held(&quota_lock);

	if (!limit || lifetime != gntdev_dmabuf_lifetime()) {
		lifetime = gntdev_dmabuf_lifetime();
		limit = gnttab_max_references() / 2;
	}
	return limit;
}

/**
 * gntdev_dmabuf_charge_import - charge the current user for pages to be imported
 * @uid: out: the user
 * @domid: the peer
 * @pages: how many
 *
 * Return: 0, -EDQUOT or -ENOMEM. After 0, gntdev_dmabuf_uncharge_import() is due.
 */
int gntdev_dmabuf_charge_import(kuid_t *uid, domid_t domid, unsigned int pages)
{
	*uid = current_uid();

	guard(mutex)(&quota_lock);

	if (is_above(user_imports.total, pages, import_limit()) ||
	    is_above(get_count(&user_imports, user_key(*uid)), pages,
		     READ_ONCE(import_limit_user)) ||
	    is_above(get_count(&domain_imports, domid), pages,
		     READ_ONCE(import_limit_domain)))
		return -EDQUOT;

	return count_pages(&domain_imports, domid, &user_imports, *uid, pages);
}

/**
 * gntdev_dmabuf_uncharge_import - pages are not imported any more
 * @uid: the user that was charged
 * @domid: the peer
 * @pages: how many
 */
void gntdev_dmabuf_uncharge_import(kuid_t uid, domid_t domid, unsigned int pages)
{
	guard(mutex)(&quota_lock);

	sub_count(&domain_imports, domid, pages);
	sub_count(&user_imports, user_key(uid), pages);
}

/**
 * gntdev_dmabuf_charge_mmap - charge a user for pages to be mapped by a process
 * @uid: the user
 * @pages: how many
 *
 * Return: 0, -EDQUOT or -ENOMEM. After 0, gntdev_dmabuf_uncharge_mmap() is due.
 */
int gntdev_dmabuf_charge_mmap(kuid_t uid, unsigned int pages)
{
	guard(mutex)(&quota_lock);

	if (too_many_mappings(pages) ||
	    is_above(get_count(&user_mmaps, user_key(uid)), pages,
		     READ_ONCE(mmap_limit_user)))
		return -EDQUOT;

	return add_count(&user_mmaps, user_key(uid), pages);
}

/**
 * gntdev_dmabuf_uncharge_mmap - pages are not mapped by a process any more
 * @uid: the user that was charged
 * @pages: how many
 */
void gntdev_dmabuf_uncharge_mmap(kuid_t uid, unsigned int pages)
{
	guard(mutex)(&quota_lock);

	sub_count(&user_mmaps, user_key(uid), pages);
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
	return sysfs_emit(buf, "%lu\n", user_exports.total);
}
static DEVICE_ATTR_RO(exported_pages);

static ssize_t imported_pages_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	guard(mutex)(&quota_lock);
	return sysfs_emit(buf, "%lu\n", user_imports.total);
}
static DEVICE_ATTR_RO(imported_pages);

static ssize_t import_limit_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	guard(mutex)(&quota_lock);
	return sysfs_emit(buf, "%lu\n", import_limit());
}
static DEVICE_ATTR_RO(import_limit);

static ssize_t mmap_pages_show(struct device *dev,
			       struct device_attribute *attr, char *buf)
{
	guard(mutex)(&quota_lock);
	return sysfs_emit(buf, "%lu\n", user_mmaps.total);
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
	&dev_attr_imported_pages.attr,
	&dev_attr_import_limit.attr,
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

/* A line for each key: the key and its pages. */
static int count_show(struct seq_file *m, void *unused)
{
	struct count *count = m->private;
	unsigned long key;
	void *entry;

	guard(mutex)(&quota_lock);
	xa_for_each(&count->by_key, key, entry)
		seq_printf(m, "%lu %lu\n", key, xa_to_value(entry));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(count);

/**
 * gntdev_dmabuf_quota_init - for the module's start
 */
void gntdev_dmabuf_quota_init(void)
{
	debugfs_dir = debugfs_create_dir("xen-gntdev", NULL);
	debugfs_create_file("exported_pages_by_domain", 0400, debugfs_dir,
			    &domain_exports, &count_fops);
	debugfs_create_file("exported_pages_by_user", 0400, debugfs_dir,
			    &user_exports, &count_fops);
	debugfs_create_file("imported_pages_by_domain", 0400, debugfs_dir,
			    &domain_imports, &count_fops);
	debugfs_create_file("imported_pages_by_user", 0400, debugfs_dir,
			    &user_imports, &count_fops);
	debugfs_create_file("mmap_pages_by_user", 0400, debugfs_dir,
			    &user_mmaps, &count_fops);
}

/**
 * gntdev_dmabuf_quota_exit - for the module's end, when nothing is charged
 */
void gntdev_dmabuf_quota_exit(void)
{
	debugfs_remove(debugfs_dir);
}
