#!/bin/sh
# Called by udhcpc with what the DHCP server said in its environment.
case "$1" in
  bound | renew)
    ip address flush dev "$interface"
    ip address add "$ip/$mask" dev "$interface"
    for gateway in $router; do
      ip route replace default via "$gateway" dev "$interface" && break
    done
    : > /etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
    ;;
  deconfig)
    ip address flush dev "$interface"
    ip link set "$interface" up
    ;;
esac
