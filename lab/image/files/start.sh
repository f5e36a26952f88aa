#!/bin/sh
# Brings up the network and reports to whoever deployed the image that it runs, and as what.
export PATH=/bin:/sbin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t tmpfs none /run
mount -t tmpfs none /tmp

while read -r module; do insmod "/lib/modules/$module.ko"; done < /lib/modules/order

# The seed is on the disk the root is on; another disk may hold one too.
root=$(sed -n 's|^[0-9]* [0-9]* \([0-9:]*\) / / .*|\1|p' /proc/self/mountinfo | tail -n 1)
disk=$(readlink -f "/sys/dev/block/$root/..")
for partition in "$disk"/*/; do
  grep -qsx 'PARTNAME=CIDATA' "$partition/uevent" || continue
  mkdir -p /run/seed
  mount -t vfat -o ro "/dev/$(basename "$partition")" /run/seed
done

field() {
  sed -n "s/^$1:[[:space:]]*//p" /run/seed/meta-data 2>/dev/null | tr -d '"\\\r' | head -n 1
}
machine=$(field instance-id)
url=$(field assay-report-url)
token=$(field assay-report-token)
name=$(field local-hostname)
hostname "${name:-assay-image}"

ip link set lo up
for card in /sys/class/net/*; do
  card=${card##*/}
  [ "$card" = lo ] && continue
  ip link set "$card" up
  udhcpc -i "$card" -s /etc/udhcpc -t 10 -T 2 -A 5 -b > "/run/udhcpc.$card" 2>&1 &
done

boot=bios
[ -d /sys/firmware/efi ] && boot=uefi

report() {
  cat << END
{"machineId":"$machine","token":"$token","hostname":"$(hostname)","kernel":"$(uname -r)","bootMode":"$boot","uptimeSeconds":$(cut -d ' ' -f 1 /proc/uptime)}
END
}

# Posts a text to a URL; busybox's wget cannot say that it is JSON. The other end would take the end
# of our text for our leaving, so it is held open until the answer has come.
post() {
  place=${1#http://}
  path=/${place#*/}
  place=${place%%/*}
  host=${place%:*}
  port=${place##*:}
  [ "$host" != "$place" ] || port=80
  {
    printf 'POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n' "$path" "$place"
    printf 'Content-Type: application/json\r\nContent-Length: %s\r\n\r\n%s' "${#2}" "$2"
    read -r -t 5 _ <> /run/held
  } | {
    timeout 5 nc "$host" "$port"
    echo 1<> /run/held
  } > /run/answer 2>&1
  head -n 1 /run/answer | grep -q '^HTTP/1.1 2'
}

if [ -z "$url" ]; then
  echo 'assay-image: the seed has no assay-report-url, nothing to report to'
else
  mkfifo /run/held
  tries=0
  until post "$url" "$(report)"; do
    tries=$((tries + 1))
    if [ $((tries % 20)) -eq 0 ]; then
      echo "assay-image: cannot report to '$url', try $tries: $(head -n 1 /run/answer)"
    fi
    [ "$tries" -lt 200 ] || break
    sleep 0.5
  done
fi
echo "assay-image: running as '$machine', $boot, kernel $(uname -r)" > /dev/console
