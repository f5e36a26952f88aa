// Makes a fresh Debian machine ready for one kind of work, and does nothing when it already is:
//
//   node setup.mjs [server|build|lab|bench|test] [--no-install]
//
// Plain JavaScript for Node 20 without dependencies, because it runs before there are any.
// `--no-install` changes nothing: it lists what is missing and ends with status 1.

import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = path.dirname(fileURLToPath(import.meta.url))
const cache = path.join(root, '.cache')

const buildPackages = {
  gcc: 'compiles init and the benchmark kernels',
  'libc6-dev': 'the headers gcc needs',
  'musl-tools': 'links init and the kernels statically',
  'busybox-static': 'the tools inside the initramfs',
  zstd: 'compresses the layers',
  libzstd1: 'image decompression inside the agent',
  kmod: 'module dependencies (depmod)',
  'pci.ids': 'names of PCI devices',
  'usb.ids': 'names of USB devices',
}
const labPackages = {
  'qemu-system-x86': 'the virtual machines',
  ovmf: 'UEFI firmware of the virtual machines',
  seabios: 'BIOS firmware of the virtual machines',
  'ipxe-qemu': 'network boot of the virtual machines',
  'dnsmasq-base': 'DHCP, proxyDHCP and TFTP',
  iproute2: 'network namespaces, bridges and taps',
  mtools: 'FAT file systems of the lab image',
  dosfstools: 'FAT file systems of the lab image',
  e2fsprogs: 'the root file system of the lab image',
  'grub-pc-bin': 'BIOS boot of the lab image',
  'grub-efi-amd64-bin': 'UEFI boot of the lab image',
  'grub-common': 'grub-mkimage',
  gdisk: 'checks partition tables',
}
const testPackages = {
  chromium: 'tests of the web page',
  'fonts-dejavu-core': 'text in the tests of the web page',
  cpio: 'second opinion on our archives',
  ethtool: 'second opinion on transceiver modules',
  lldpd: 'the switch in the tests of neighbours',
  swtpm: 'the TPM in the tests of measured boot',
  'swtpm-tools': 'makes the certificates of that TPM',
  fdisk: 'second opinion on partition tables',
  'xz-utils': 'unpacks recorded machines',
}

const benchPackages = {
  lshw: 'what discovery is measured against',
  dmidecode: 'what discovery is measured against',
  pciutils: 'what discovery is measured against',
  time: 'peak memory of a program',
}

/** What each kind of work needs: Debian packages, and what is fetched but not installed. */
const fetched = ['kernel', 'ipxe']
const groups = {
  server: { packages: {}, fetches: [] },
  build: { packages: buildPackages, fetches: fetched },
  lab: { packages: { ...buildPackages, ...labPackages }, fetches: fetched },
  bench: { packages: { ...buildPackages, ...benchPackages }, fetches: [] },
  test: { packages: { ...buildPackages, ...labPackages, ...testPackages }, fetches: fetched },
}

const fetchers = {
  kernel: { done: 'kernel/current.json', what: 'the Debian kernel', run: fetchKernel },
  ipxe: { done: 'ipxe/version.json', what: 'iPXE', run: fetchIpxe },
}

await main(process.argv.slice(2)).catch((error) => {
  console.error(`setup: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
})

async function main(args) {
  const install = !args.includes('--no-install')
  const [name = 'build', ...rest] = args.filter((arg) => arg !== '--no-install')
  if (!Object.hasOwn(groups, name) || rest.length > 0) {
    throw new Error(`usage: node setup.mjs [${Object.keys(groups).join('|')}] [--no-install]`)
  }
  const group = groups[name]
  const problems = missing(group)
  if (problems.length === 0) return
  if (!install) {
    for (const problem of problems) console.error(`setup: missing ${problem}`)
    process.exitCode = 1
    return
  }
  const release = await takeLock()
  try {
    installNpmPackages()
    installDebianPackages(group.packages, name)
    for (const fetch of group.fetches) {
      if (isFetched(fetch)) continue
      say(`fetching ${fetchers[fetch].what} into .cache/`)
      fetchers[fetch].run()
    }
  } finally {
    release()
  }
  const left = missing(group)
  if (left.length > 0) throw new Error(`still missing after the set-up: ${left.join('; ')}`)
  say(`ready for ${name}`)
}

/** One line for everything the group wants and the machine lacks. Looks, changes nothing. */
function missing(group) {
  const problems = []
  if (!npmPackagesAreCurrent()) problems.push('npm packages (npm ci)')
  else if (bunIsStub()) problems.push('the bun executable (its install script was blocked)')
  for (const name of missingDebianPackages(group.packages)) {
    problems.push(`Debian package ${name}: ${group.packages[name]}`)
  }
  for (const fetch of group.fetches) {
    if (!isFetched(fetch)) problems.push(`${fetchers[fetch].what} in .cache/`)
  }
  return problems
}

// --- npm -----------------------------------------------------------------------------------------

/** Compares the lock file with npm's record of what it installed; file times prove nothing. */
function npmPackagesAreCurrent() {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages ?? {}
  const installed = readJson(path.join(root, 'node_modules/.package-lock.json'))?.packages
  if (installed === undefined) return false
  return Object.entries(wanted).every(([key, entry]) => {
    const found = installed[key]
    if (key === '' || entry.link === true) return true
    if (found === undefined) return entry.optional === true || entry.peer === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** npm may refuse to run bun's install script; what is left then is a script of a few hundred bytes. */
function bunIsStub() {
  const file = path.join(root, 'node_modules/bun/bin/bun.exe')
  return (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) < 1_000_000
}

function installNpmPackages() {
  if (!npmPackagesAreCurrent()) {
    say('installing the npm packages (npm ci)')
    try {
      npm('ci')
    } catch {
      // npm ci wants every platform's packages in the registry; a partial mirror has ours only.
      say('npm ci refuses the lock file here; taking npm install --no-save, held to the same file')
      npm('install', '--no-save')
    }
  }
  if (bunIsStub()) {
    say('repairing the bun package, whose install script did not run')
    command(process.execPath, ['node_modules/bun/install.js'], { stdio: 'inherit' })
  }
}

function npm(...args) {
  command('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'])
}

// --- Debian packages -----------------------------------------------------------------------------

function missingDebianPackages(packages) {
  const names = Object.keys(packages)
  if (names.length === 0) return []
  const format = '${db:Status-Status} ${Package}\n'
  const known = tryCommand('dpkg-query', ['--show', `--showformat=${format}`, ...names]).split('\n')
  return names.filter((name) => !known.includes(`installed ${name}`))
}

function installDebianPackages(packages, group) {
  const names = missingDebianPackages(packages)
  if (names.length === 0) return
  for (const name of names) say(`Debian package ${name} is missing: ${packages[name]}`)
  if (tryCommand('apt-get', ['--version']) === '') {
    throw new Error(`cannot install ${names.join(' ')}: this machine has no apt-get; use Debian 12`)
  }
  if (process.getuid() !== 0) {
    throw new Error(`run as root: node setup.mjs ${group} (or: apt-get install ${names.join(' ')})`)
  }
  withAptLists(() => {
    withoutServices(() => apt(['install', '--yes', '--no-install-recommends', ...names]))
  })
}

/** A package may bring a service (lldpd does); here none is started (Debian policy 9.3.3, policy-rc.d). */
function withoutServices(work) {
  const policy = '/usr/sbin/policy-rc.d'
  if (fs.existsSync(policy)) return work()
  fs.writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    return work()
  } finally {
    fs.rmSync(policy)
  }
}

/** Lists that are too old name packages that are gone; fresh ones are fetched once. */
function withAptLists(work) {
  const lists = tryCommand('apt-get', [
    'indextargets',
    '--format',
    '$(FILENAME)',
    'Created-By: Packages',
  ])
  if (lists !== '') {
    try {
      return work()
    } catch (error) {
      if (process.getuid() !== 0) throw error
      say(`${error.message}; trying once more with fresh package lists`)
    }
  }
  if (process.getuid() !== 0) throw new Error('run as root: apt-get update (no package lists here)')
  apt(['update'])
  return work()
}

function apt(args, options = {}) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const patience = ['-o', 'DPkg::Lock::Timeout=600', '-o', 'Acquire::Retries=3']
  return command('apt-get', [...patience, ...args], { stdio: 'inherit', ...options, env })
}

// --- fetched, not installed ----------------------------------------------------------------------

function isFetched(name) {
  return fs.existsSync(path.join(cache, fetchers[name].done))
}

/**
 * The generic kernel, not the cloud one: real machines need its drivers. `current.json` is written
 * last, so that an interrupted fetch never looks finished.
 */
function fetchKernel() {
  inTemporaryFolder((work) => {
    const version = withAptLists(() => {
      const meta = command('apt-cache', ['show', '--no-all-versions', 'linux-image-amd64'])
      const [, name, version] = /^Depends: (linux-image-(\S+))/m.exec(meta) ?? []
      if (name === undefined) throw new Error('linux-image-amd64 depends on no kernel')
      unpackDebianPackage(name, work, [])
      return version
    })
    const target = path.join(work, 'kernel')
    fs.mkdirSync(path.join(target, 'lib'), { recursive: true })
    fs.renameSync(path.join(work, `root/boot/vmlinuz-${version}`), path.join(target, 'vmlinuz'))
    fs.renameSync(path.join(work, 'root/lib/modules'), path.join(target, 'lib/modules'))
    command('depmod', ['-b', target, version])
    replaceFolder(target, path.join(cache, 'kernel', version))
    writeJson(path.join(cache, 'kernel/current.json'), {
      version,
      vmlinuz: `${version}/vmlinuz`,
      modules: `${version}/lib/modules/${version}`,
    })
    say(`kernel ${version}`)
  })
}

/**
 * iPXE 1.21 or later, from Debian 13: the one of Debian 12 is of 2019, cannot pad initrds on UEFI
 * and takes four times as long for DHCP. The older one is the fallback.
 */
function fetchIpxe() {
  inTemporaryFolder((work) => {
    const unpack = (options) => {
      unpackDebianPackage('ipxe-qemu', work, options)
      return unpackDebianPackage('ipxe', work, options)
    }
    let suite = 'trixie'
    let version
    try {
      version = unpack(trixieAptOptions(work))
    } catch (error) {
      suite = debianCodename()
      say(`no iPXE of Debian 13 (${error.message}); taking that of ${suite}`)
      version = withAptLists(() => unpack([]))
    }
    const target = path.join(work, 'root/usr/lib/ipxe')
    const roms = ['root/usr/share/qemu', 'root/usr/lib/ipxe/qemu']
      .map((name) => path.join(work, name))
      .find((folder) => fs.existsSync(path.join(folder, 'pxe-virtio.rom')))
    if (roms === undefined) throw new Error('ipxe-qemu holds no pxe-virtio.rom')
    fs.renameSync(roms, path.join(target, 'qemu-roms'))
    fs.writeFileSync(path.join(target, 'version'), `${version}\n`)
    writeJson(path.join(target, 'version.json'), { version, suite })
    replaceFolder(target, path.join(cache, 'ipxe'))
    say(`iPXE ${version} (${suite})`)
  })
}

/** A private apt root that knows Debian 13 from this machine's mirror, checked by Debian's keys. */
function trixieAptOptions(work) {
  const format = '$(RELEASE) $(COMPONENT) $(REPO_URI)'
  const query = ['indextargets', '--format', format, 'Created-By: Packages']
  const targets = tryCommand('apt-get', query).split('\n')
  const own = targets.find((line) => line.startsWith(`${debianCodename()} main `))
  const mirror = own?.split(' ')[2] ?? 'http://deb.debian.org/debian/'
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const folder = path.join(work, 'apt')
  for (const name of ['state/lists/partial', 'cache/archives/partial']) {
    fs.mkdirSync(path.join(folder, name), { recursive: true })
  }
  fs.writeFileSync(path.join(folder, 'status'), '')
  const source = `deb [arch=amd64 signed-by=${keyring}] ${mirror} trixie main\n`
  fs.writeFileSync(path.join(folder, 'sources.list'), source)
  const settings = {
    'Dir::State': path.join(folder, 'state'),
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::Cache': path.join(folder, 'cache'),
    'Dir::Etc::sourcelist': path.join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Acquire::Languages': 'none',
    'APT::Sandbox::User': '',
    'APT::Update::Error-Mode': 'any',
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  apt([...options, 'update'], { stdio: 'pipe' })
  return options
}

/** Unpacks into `<work>/root` without installing; returns the package's version. */
function unpackDebianPackage(name, work, options) {
  const debs = path.join(work, 'debs', name)
  fs.mkdirSync(debs, { recursive: true })
  apt([...options, '-o', 'APT::Sandbox::User=', 'download', name], { cwd: debs, stdio: 'pipe' })
  const [deb] = fs.readdirSync(debs).filter((file) => file.endsWith('.deb'))
  if (deb === undefined) throw new Error(`apt-get download ${name} left no package`)
  command('dpkg-deb', ['--extract', path.join(debs, deb), path.join(work, 'root')])
  return command('dpkg-deb', ['--field', path.join(debs, deb), 'Version']).trim()
}

// --- small things --------------------------------------------------------------------------------

/** One set-up at a time. A lock whose process is gone is taken over. */
async function takeLock() {
  fs.mkdirSync(cache, { recursive: true })
  const lock = path.join(cache, 'setup.lock')
  const deadline = Date.now() + 30 * 60_000
  let told = false
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return () => fs.rmSync(lock, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const holder = readText(lock)
    const age = Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (holder === '' ? age > 10_000 : holder !== undefined && !isSetup(holder)) {
      fs.rmSync(lock, { force: true })
      continue
    }
    if (Date.now() > deadline) throw new Error(`another set-up (pid ${holder}) holds ${lock}`)
    if (!told) say(`waiting for another set-up (pid ${holder})`)
    told = true
    await sleep(500)
  }
}

/** A process of that number that is no set-up has only inherited the number. */
function isSetup(pid) {
  return readText(`/proc/${pid}/cmdline`)?.includes('setup.mjs') === true
}

/** Inside the cache, so that the finished part moves by a rename; the lock keeps it ours. */
function inTemporaryFolder(work) {
  const folder = path.join(cache, 'unfinished')
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder)
  work(folder)
  fs.rmSync(folder, { recursive: true })
}

function replaceFolder(from, to) {
  fs.rmSync(to, { recursive: true, force: true })
  fs.mkdirSync(path.dirname(to), { recursive: true })
  fs.renameSync(from, to)
}

function writeJson(file, value) {
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`)
  fs.renameSync(`${file}.new`, file)
}

function readJson(file) {
  return JSON.parse(readText(file) ?? 'null')
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function debianCodename() {
  return /^VERSION_CODENAME=(\w+)/m.exec(readText('/etc/os-release') ?? '')?.[1] ?? 'bookworm'
}

function command(name, args, options = {}) {
  try {
    return execFileSync(name, args, { cwd: root, encoding: 'utf8', stdio: 'pipe', ...options })
  } catch (error) {
    const detail = String(error.stderr ?? error.message)
      .trim()
      .replaceAll(/\s*\n\s*/g, ' | ')
    throw new Error(`${name} ${args.join(' ')} failed: ${detail.slice(-500)}`, { cause: error })
  }
}

/** The output, also when the command fails or does not exist: absence is an answer here. */
function tryCommand(name, args) {
  try {
    return execFileSync(name, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    return typeof error.stdout === 'string' ? error.stdout : ''
  }
}

function say(line) {
  console.log(`setup: ${line}`)
}
