import Errors
import Foundation
import Synchronization

/// A recycling allocator for tensors. A freed block is reused for the next tensor of about its size, so that a training
/// step reuses the memory of the step before.
///
/// Free and used memory together stay within one and a half times the peak usage. Only blocks of at least 64 KiB are
/// kept and counted; smaller ones are left to the system's allocator.
package enum TensorMemory {
  /// Memory statistics at a point in time, in bytes.
  package struct Report: Sendable, Equatable {
    /// The bytes held by tensors.
    package var inUse = 0
    /// The peak of bytes held since the last ``resetPeak()``.
    package var peak = 0
    /// The bytes in free blocks, available for reuse.
    package var free = 0
    /// The total requested from the system since the start. It stays constant while steps run in the memory of earlier
    /// ones.
    package var asked = 0
  }

  private struct State {
    var report = Report()
    /// The peak usage since the start, which bounds what is kept.
    var highest = 0
    /// The addresses of free blocks by size.
    var blocks: [Int: [UInt]] = [:]

    /// Removes and returns the smallest free block of at least `size` bytes and at most half as many again.
    mutating func fitting(_ size: Int) -> (address: UInt, size: Int)? {
      var best: Int?
      for candidate in blocks.keys
      where candidate >= size && candidate <= size + size / 2 && candidate < best ?? .max {
        best = candidate
      }
      guard let best, let address = blocks[best]?.popLast() else { return nil }
      if blocks[best]?.isEmpty == true { blocks[best] = nil }
      report.free -= best
      return (address, best)
    }

    /// Counts `size` bytes as in use.
    mutating func count(_ size: Int) {
      report.inUse += size
      report.peak = max(report.peak, report.inUse)
      highest = max(highest, report.inUse)
    }

    /// Frees blocks, largest first, until the bound is met.
    mutating func trim() {
      while report.inUse + report.free > highest + highest / 2, let size = blocks.keys.max() {
        guard let block = blocks[size]?.popLast() else {
          blocks[size] = nil
          continue
        }
        UnsafeMutableRawPointer(bitPattern: block)?.deallocate()
        report.free -= size
      }
    }
  }

  private static let state = Mutex(State())
  /// The smallest block size to keep, and the granularity of sizes.
  private static let grain = 1 << 16
  /// Blocks of at least twice this size are aligned to huge pages, which are requested from the system. That reduces
  /// TLB misses when a kernel streams through them.
  private static let hugePage = 1 << 21

  /// The current statistics.
  package static var report: Report { state.withLock(\.report) }

  /// Resets the peak to the current usage.
  package static func resetPeak() { state.withLock { $0.report.peak = $0.report.inUse } }

  /// Returns the free blocks to the system.
  package static func releaseFree() {
    state.withLock { state in
      for block in state.blocks.values.joined() {
        UnsafeMutableRawPointer(bitPattern: block)?.deallocate()
      }
      state.blocks = [:]
      state.report.free = 0
    }
  }

  /// Throws `outOfMemory` if `byteCount` more would exceed the current context's limit.
  static func expectRoom(for byteCount: Int, in operation: String) throws(TensorError) {
    let (inUse, limit) = (report.inUse, ComputeContext.current.memoryLimit)
    guard inUse + byteCount > limit else { return }
    throw TensorError(
      .outOfMemory,
      "\(byteCount >> 20) MiB more are needed, \(inUse >> 20) of \(limit >> 20) MiB are in use",
      place: operation, remedy: "Use a smaller batch, or smaller images.")
  }

  /// Returns an uninitialised block of at least `byteCount` bytes, aligned to 64.
  static func take(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    guard byteCount >= grain else {
      // The size is a multiple of the alignment, as aligned_alloc requires.
      return .allocate(byteCount: max(64, (byteCount + 63) & ~63), alignment: 64)
    }
    let size = (byteCount + grain - 1) & ~(grain - 1)
    let known: (address: UInt, size: Int)? = state.withLock { state in
      let known = state.fitting(size)
      state.count(known?.size ?? size)
      if known == nil {
        state.report.asked += size
        state.trim()
      }
      return known
    }
    guard let known else {
      return UnsafeMutableRawBufferPointer(start: allocate(size), count: size)
    }
    return UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: known.address), count: known.size)
  }

  /// Returns a block obtained from ``take(_:)``.
  static func give(_ block: UnsafeMutableRawBufferPointer) {
    guard block.count >= grain, let start = block.baseAddress else { return block.deallocate() }
    let (address, size) = (UInt(bitPattern: start), block.count)
    state.withLock { state in
      state.report.inUse -= size
      state.report.free += size
      state.blocks[size, default: []].append(address)
    }
  }

  private static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
    guard size >= 2 * hugePage else { return .allocate(byteCount: size, alignment: 64) }
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: hugePage)
    #if os(Linux)
      madvise(block, size, 14)  // MADV_HUGEPAGE, a macro that is not imported; advice may fail
    #endif
    return block
  }

  /// The memory available when this was first read: the system's estimate or the control group's limit, whichever is
  /// less.
  package static let available: Int = {
    func number(_ path: String, after name: String) -> Int? {
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      return line.flatMap { Int($0.dropFirst(name.count).filter(\.isNumber)) }
    }
    let system = number("/proc/meminfo", after: "MemAvailable:").map { $0 << 10 }
    let group = number("/sys/fs/cgroup/memory.max", after: "")
    return min(system ?? Int.max, group ?? Int.max)
  }()
}

/// The memory of a tensor: bytes aligned to 64 (a cache line, and the widest vector register), owned by this object
/// until it is released.
///
/// `@unchecked Sendable`: the bytes are written in only two cases. One is ``Tensor/withMutableElements(of:_:)``, which
/// first ensures that the tensor is the storage's only owner. The other is the filling of a new tensor before it is
/// shared. So nothing is written that another thread can read.
final class TensorStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  /// Allocates at least `byteCount` uninitialised bytes.
  init(byteCount: Int) { bytes = TensorMemory.take(byteCount) }

  deinit { TensorMemory.give(bytes) }
}
