import { expect, test } from 'vitest'
import { forgivingReader } from '../../../agent/discovery/forgiving-reader.ts'
import { hypervisorOf } from '../../../agent/discovery/hypervisor.ts'
import { madeTree } from './made-tree.ts'

const guest = { '/proc/cpuinfo': 'processor\t: 0\nflags\t: fpu hypervisor\n' }
const metal = { '/proc/cpuinfo': 'processor\t: 0\nflags\t: fpu vmx\n' }
const arm = { '/proc/cpuinfo': 'processor\t: 0\nCPU implementer\t: 0x41\n' }
const virtio = {
  '/sys/bus/pci/devices/0000:00:03.0/vendor': '0x1af4\n',
  '/sys/bus/pci/devices/0000:00:03.0/device': '0x1041\n',
}
const tree = '/proc/device-tree'

test.each([
  ['a metal machine', metal, '', null],
  [
    'a metal machine with an adapter that shows virtio functions',
    { ...metal, ...virtio },
    '',
    null,
  ],
  ['an Arm machine with such an adapter', { ...arm, ...virtio }, '', null],
  ['a cloud maker on metal', metal, 'Amazon EC2 c6i.metal', null],
  ['a guest that nothing names', guest, '', { name: null, virtualization: 'full' }],
  ['a guest with virtio functions', { ...guest, ...virtio }, '', { name: 'qemu' }],
  ['a named Arm guest', arm, 'QEMU QEMU Virtual Machine', { name: 'qemu' }],
  ['a guest on Nitro', guest, 'Amazon EC2 c6i.large', { name: 'nitro' }],
  [
    'VirtualBox by the list of functions',
    { ...metal, '/proc/bus/pci/devices': '0010\t80eebeef\t12\tfd000008\n' },
    '',
    { name: 'virtualbox', virtualization: 'full' },
  ],
  [
    'a Hyper-V guest of the second generation',
    { ...guest, '/sys/bus/vmbus/devices/2450ee40/id': '1\n' },
    '',
    { name: 'hyper-v' },
  ],
  [
    'the first version of the Windows subsystem',
    { ...metal, '/proc/sys/kernel/osrelease': '4.4.0-19041-Microsoft\n' },
    '',
    { name: 'wsl', virtualization: 'container' },
  ],
  [
    'the second version',
    { ...guest, '/proc/sys/kernel/osrelease': '5.15.90.1-microsoft-standard-WSL2\n' },
    '',
    { name: 'wsl', virtualization: 'full' },
  ],
  [
    'the domain that drives a Xen machine',
    { ...metal, '/proc/xen/capabilities': 'control_d\n', '/sys/hypervisor/type': 'xen\n' },
    '',
    { name: 'xen', virtualization: null },
  ],
  [
    'a Xen guest with its version',
    {
      ...guest,
      '/sys/hypervisor/type': 'xen\n',
      '/sys/hypervisor/guest_type': 'HVM\n',
      '/sys/hypervisor/version/major': '4\n',
      '/sys/hypervisor/version/minor': '17\n',
      '/sys/hypervisor/version/extra': '.1\n',
    },
    'Xen HVM domU',
    { name: 'xen', virtualization: 'full', version: '4.17.1' },
  ],
  [
    'a paravirtual Xen guest of an old kernel',
    { ...guest, '/proc/xen/xsd_port': '', '/sys/hypervisor/properties/features': '000006f1\n' },
    '',
    { name: 'xen', virtualization: 'para' },
  ],
  ['POWER without a hypervisor', { [`${tree}/compatible`]: 'ibm,powernv\0ibm,p9\0' }, '', null],
  [
    'a partition of PowerVM',
    { [`${tree}/ibm,partition-name`]: 'lp1\0', [`${tree}/hmc-managed?`]: '\0' },
    '',
    { name: 'powervm', virtualization: 'para' },
  ],
  [
    'a POWER machine that is one partition',
    { [`${tree}/ibm,partition-name`]: 'full\0', [`${tree}/hmc-managed?`]: '\0' },
    '',
    null,
  ],
  ['a POWER guest of KVM', { [`${tree}/compatible`]: 'qemu,pseries\0' }, '', { name: 'qemu' }],
  [
    'a logical partition of a mainframe',
    { '/proc/sysinfo': 'Manufacturer: IBM\nLPAR Name: A\n' },
    '',
    { name: 'pr/sm', virtualization: 'full' },
  ],
  [
    'a guest of z/VM',
    { '/proc/sysinfo': 'VM00 Control Program: z/VM    6.1.0\n' },
    '',
    { name: 'z/vm', virtualization: 'full', version: '6.1.0' },
  ],
  ['a container of OpenVZ', { ...metal, '/proc/vz/version': '1\n' }, '', { name: 'openvz' }],
  [
    'the host of such containers',
    { ...metal, '/proc/vz/version': '1\n', '/proc/bc/resources': '1\n' },
    '',
    null,
  ],
] as const)('hypervisor of %s is told', async (_, files, words, expected) => {
  await using machine = await madeTree(files)
  const found = await hypervisorOf(forgivingReader(machine.host, 'system'), words)
  if (expected === null) expect(found).toBeNull()
  else expect(found).toMatchObject(expected)
})
