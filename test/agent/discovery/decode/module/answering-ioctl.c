/*
 * Stands before libc in ethtool: any interface has the module whose memory is in the file named by
 * MODULE_MEMORY and whose map ethtool knows by the number in MODULE_TYPE. Netlink is refused, so that
 * ethtool asks by ioctl.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char memory[65536];

static ssize_t read_memory(void)
{
	const char *path = getenv("MODULE_MEMORY");
	int fd = path == NULL ? -1 : open(path, O_RDONLY);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, memory, sizeof(memory));
	close(fd);
	return length;
}

static int answer(void *request)
{
	unsigned int command = *(unsigned int *)request;
	ssize_t length = read_memory();

	if (length > 0 && command == ETHTOOL_GMODULEINFO) {
		struct ethtool_modinfo *info = request;
		const char *type = getenv("MODULE_TYPE");

		info->type = type == NULL ? 0 : (unsigned int)atoi(type);
		info->eeprom_len = (unsigned int)length;
		return 0;
	}
	if (length > 0 && command == ETHTOOL_GMODULEEEPROM) {
		struct ethtool_eeprom *eeprom = request;

		if ((ssize_t)eeprom->offset + (ssize_t)eeprom->len > length) {
			errno = EINVAL;
			return -1;
		}
		memcpy(eeprom->data, memory + eeprom->offset, eeprom->len);
		return 0;
	}
	errno = EOPNOTSUPP;
	return -1;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	(void)fd;
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	if (request == SIOCETHTOOL)
		return answer(((struct ifreq *)argument)->ifr_data);
	errno = ENOTTY;
	return -1;
}

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");

	if (domain == AF_NETLINK) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return real(domain, type, protocol);
}
