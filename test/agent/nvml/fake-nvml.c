/*
 * A libnvidia-ml.so.1 of two H100s: the binary interface of nvml.h, none of its code. The second GPU
 * is lost, as after Xid 79. What it does not define is what an old driver lacks.
 *
 *   -DHANG   opening the first GPU never returns
 *   -DCRASH  opening the first GPU kills the caller
 *   -DOLD    without the calls and structures that came with driver 510
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int nvmlReturn_t;
typedef struct gpu *nvmlDevice_t;

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, LOST = 15 };

struct gpu {
  unsigned index;
  int isMig;
};

static struct gpu gpus[2] = {{0, 0}, {1, 0}};
static struct gpu mig = {0, 1};

static nvmlReturn_t lost(nvmlDevice_t device) { return device->index == 1 ? LOST : SUCCESS; }

static nvmlReturn_t answer(char *into, unsigned length, const char *text) {
  if (strlen(text) >= length) return TOO_SMALL;
  strcpy(into, text);
  return SUCCESS;
}

static nvmlReturn_t number(nvmlDevice_t device, unsigned *into, unsigned value) {
  if (lost(device)) return LOST;
  *into = value;
  return SUCCESS;
}

nvmlReturn_t nvmlInit_v2(void) { return SUCCESS; }
nvmlReturn_t nvmlShutdown(void) { return SUCCESS; }

nvmlReturn_t nvmlSystemGetDriverVersion(char *into, unsigned length) {
  return answer(into, length, "550.54.15");
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char *into, unsigned length) {
  return answer(into, length, "12.550.54.15");
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int *version) {
  *version = 12040;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *count) {
  *count = 2;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t *device) {
#ifdef HANG
  for (;;) pause();
#endif
#ifdef CRASH
  abort();
#endif
  if (index > 1) return INVALID_ARGUMENT;
  *device = &gpus[index];
  return SUCCESS;
}

typedef struct {
  char busIdLegacy[16];
  unsigned domain, bus, device, pciDeviceId, pciSubSystemId;
  char busId[32];
} nvmlPciInfo_t;

nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t *pci) {
  memset(pci, 0, sizeof *pci);
  pci->bus = device->index == 0 ? 0x1b : 0x43;
  pci->pciDeviceId = 0x233010de;
  pci->pciSubSystemId = 0x16c110de;
  strcpy(pci->busId, device->index == 0 ? "00000000:1B:00.0" : "00000000:43:00.0");
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *into, unsigned length) {
  return lost(device) ? LOST : answer(into, length, "NVIDIA H100 80GB HBM3");
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *into, unsigned length) {
  if (lost(device)) return LOST;
  return answer(into, length,
                device->isMig ? "MIG-11111111-2222-3333-4444-555555555555"
                              : "GPU-0a0b0c0d-1111-2222-3333-444455556666");
}

nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char *into, unsigned length) {
  return lost(device) ? LOST : answer(into, length, "1653022055555");
}

nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, unsigned *brand) { return number(device, brand, 14); }

nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, unsigned *into) { return number(device, into, 9); }

nvmlReturn_t nvmlDeviceGetBoardId(nvmlDevice_t device, unsigned *into) { return number(device, into, 0x1b00); }

nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned *into) {
  return number(device, into, device->index);
}

nvmlReturn_t nvmlDeviceGetInforomVersion(nvmlDevice_t device, unsigned object, char *into, unsigned length) {
  static const char *const versions[] = {"2.1", "7.16", NULL};
  if (lost(device)) return LOST;
  return versions[object] == NULL ? NOT_SUPPORTED : answer(into, length, versions[object]);
}

nvmlReturn_t nvmlDeviceGetGspFirmwareVersion(nvmlDevice_t device, char *into) {
  return lost(device) ? LOST : answer(into, 64, "550.54.15");
}

typedef struct {
  unsigned long long total, free, used;
} nvmlMemory_t;

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
  if (lost(device)) return LOST;
  memory->total = device->isMig ? 10200547328ull : 85520809984ull;
  memory->used = 600000000ull;
  memory->free = memory->total - memory->used;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
  if (lost(device)) return LOST;
  memory->total = 137438953472ull;
  memory->used = 1000000ull;
  memory->free = memory->total - memory->used;
  return SUCCESS;
}

#ifndef OLD
typedef struct {
  unsigned version;
  unsigned long long total, reserved, free, used;
} nvmlMemory_v2_t;

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *memory) {
  if (memory->version != (sizeof *memory | (2u << 24))) return 25;
  if (lost(device)) return LOST;
  memory->total = 85520809984ull;
  memory->reserved = 570000000ull;
  memory->used = 30000000ull;
  memory->free = memory->total - memory->reserved - memory->used;
  return SUCCESS;
}

typedef struct {
  unsigned char clusterUuid[16];
  nvmlReturn_t status;
  unsigned cliqueId;
  unsigned char state;
} nvmlGpuFabricInfo_t;

nvmlReturn_t nvmlDeviceGetGpuFabricInfo(nvmlDevice_t device, nvmlGpuFabricInfo_t *info) {
  if (lost(device)) return LOST;
  memset(info, 0, sizeof *info);
  info->clusterUuid[0] = 0xab;
  info->cliqueId = 7;
  info->state = 3;
  return SUCCESS;
}
#endif

nvmlReturn_t nvmlDeviceGetComputeMode(nvmlDevice_t device, unsigned *mode) { return number(device, mode, 3); }

nvmlReturn_t nvmlDeviceGetPersistenceMode(nvmlDevice_t device, unsigned *mode) { return number(device, mode, 1); }

nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t device, unsigned *into) { return number(device, into, 5); }

nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned *into) { return number(device, into, 5); }

nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t device, unsigned *into) { return number(device, into, 16); }

nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned *into) { return number(device, into, 8); }

nvmlReturn_t nvmlDeviceGetPcieReplayCounter(nvmlDevice_t device, unsigned *into) { return number(device, into, 3); }

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned *into) { return number(device, into, 71234); }

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned *into) { return number(device, into, 700000); }

nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device, unsigned *min, unsigned *max) {
  *min = 200000;
  return number(device, max, 700000);
}

nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, unsigned type, unsigned *into) {
  static const unsigned megahertz[] = {1980, 1980, 2619, 1545};
  return type > 3 ? INVALID_ARGUMENT : number(device, into, megahertz[type]);
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned sensor, unsigned *into) {
  return sensor != 0 ? INVALID_ARGUMENT : number(device, into, 31);
}

typedef struct {
  unsigned gpu, memory;
} nvmlUtilization_t;

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *busy) {
  if (lost(device)) return LOST;
  *busy = (nvmlUtilization_t){25, 50};
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long *bits) {
  if (lost(device)) return LOST;
  *bits = 0x4 | 0x40;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, unsigned *current, unsigned *pending) {
  *current = 1;
  return number(device, pending, 0);
}

nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, unsigned type, unsigned period,
                                         unsigned long long *count) {
  if (lost(device)) return LOST;
  *count = type * 10 + period;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMemoryErrorCounter(nvmlDevice_t device, unsigned type, unsigned period,
                                             unsigned place, unsigned long long *count) {
  if (lost(device)) return LOST;
  if (place != 7) return NOT_SUPPORTED;
  *count = 100 + type * 10 + period;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetRemappedRows(nvmlDevice_t device, unsigned *corrected, unsigned *uncorrected,
                                       unsigned *pending, unsigned *failed) {
  if (lost(device)) return LOST;
  *corrected = 2;
  *uncorrected = 1;
  *pending = 1;
  *failed = 0;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetRowRemapperHistogram(nvmlDevice_t device, unsigned values[5]) {
  if (lost(device)) return LOST;
  memcpy(values, (const unsigned[]){2558, 2, 0, 0, 0}, 5 * sizeof(unsigned));
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetRetiredPages(nvmlDevice_t device, unsigned cause, unsigned *count,
                                       unsigned long long *addresses) {
  (void)addresses;
  if (cause != 0) return NOT_SUPPORTED;
  *count = 4;
  return lost(device) ? LOST : TOO_SMALL;
}

nvmlReturn_t nvmlDeviceGetNvLinkState(nvmlDevice_t device, unsigned link, unsigned *state) {
  if (link >= 4) return INVALID_ARGUMENT;
  return number(device, state, link < 3);
}

nvmlReturn_t nvmlDeviceGetNvLinkVersion(nvmlDevice_t device, unsigned link, unsigned *version) {
  (void)link;
  return number(device, version, 6);
}

nvmlReturn_t nvmlDeviceGetNvLinkRemoteDeviceType(nvmlDevice_t device, unsigned link, unsigned *type) {
  (void)link;
  return number(device, type, 2);
}

nvmlReturn_t nvmlDeviceGetNvLinkRemotePciInfo_v2(nvmlDevice_t device, unsigned link, nvmlPciInfo_t *pci) {
  if (lost(device)) return LOST;
  memset(pci, 0, sizeof *pci);
  pci->bus = 5 + link;
  strcpy(pci->busId, "00000000:05:00.0");
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned *current, unsigned *pending) {
  *current = 1;
  return number(device, pending, 1);
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned *count) { return number(device, count, 7); }

nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned index, nvmlDevice_t *part) {
  (void)device;
  if (index != 0) return NOT_FOUND;
  *part = &mig;
  return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetGpuInstanceId(nvmlDevice_t device, unsigned *id) { return number(device, id, 9); }

nvmlReturn_t nvmlDeviceGetComputeInstanceId(nvmlDevice_t device, unsigned *id) { return number(device, id, 0); }

typedef struct {
  unsigned multiprocessorCount, shared[5], gpuInstanceSliceCount, computeInstanceSliceCount;
  unsigned long long memorySizeMB;
} nvmlDeviceAttributes_t;

nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t device, nvmlDeviceAttributes_t *attributes) {
  if (lost(device)) return LOST;
  memset(attributes, 0, sizeof *attributes);
  attributes->multiprocessorCount = 16;
  attributes->memorySizeMB = 9728;
  return SUCCESS;
}
