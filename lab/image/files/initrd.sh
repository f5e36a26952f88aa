#!/bin/sh
# The first program of the lab image: finds the root partition, goes there.
export PATH=/bin
mount -t devtmpfs none /dev
mount -t proc none /proc
mount -t sysfs none /sys

while read -r module; do insmod "/modules/$module.ko"; done < /modules/order

# The kernel gives each partition its GPT name, and root=PARTLABEL=... says which one is wanted.
wanted=
for word in $(cat /proc/cmdline); do
  case "$word" in root=PARTLABEL=*) wanted=${word#root=PARTLABEL=} ;; esac
done
tries=0
device=
while [ -z "$device" ] && [ "$tries" -lt 100 ]; do
  for partition in /sys/class/block/*; do
    grep -qsx "PARTNAME=$wanted" "$partition/uevent" && device=/dev/${partition##*/} && break
  done
  [ -n "$device" ] || sleep 0.1
  tries=$((tries + 1))
done
if [ -z "$device" ]; then
  echo "assay-image: no partition is named '$wanted' after 10 s; partitions are:"
  cat /proc/partitions
  sleep 10
  reboot -f
fi
mount -t ext4 "$device" /root && umount /proc /sys && mount -o move /dev /root/dev \
  && exec switch_root /root /sbin/init
echo "assay-image: cannot mount '$device' as root"
sleep 10
reboot -f
