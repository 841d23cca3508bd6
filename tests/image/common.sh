# Common part of the init scripts of both domains. Sourced by busybox ash as process 1.

/bin/busybox --install -s /bin

# load NAME...: loads modules. Some kernels do not have them.
load()
{
	for module in "$@"; do
		modprobe "$module" 2>/dev/null
	done
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t debugfs debugfs /sys/kernel/debug
# In a distribution's kernel, these are modules.
load xenfs xen-privcmd xen-evtchn xen-gntalloc
mount -t xenfs xenfs /proc/xen
export PATH=/lab/init:/opt/lab:/usr/lib/xen/bin:/bin:/usr/bin
export HOME=/ TERM=linux
. /lab/job/settings
export LAB_DOMUS

lab-dri

