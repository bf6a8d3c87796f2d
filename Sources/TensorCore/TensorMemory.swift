import Errors
import Foundation
import Synchronization

/// The memory of tensors, recycled: a block that is freed serves the next tensor of about its size, so that a
/// training step reuses the memory of the step before.
///
/// Free and used memory together stay within one and a half times the peak in use. Only blocks of 64 KiB and more are kept and counted; smaller ones are the
/// allocator's own business.
package enum TensorMemory {
  /// What is known of the memory at a moment, in bytes.
  package struct Report: Sendable, Equatable {
    /// What tensors hold now.
    package var inUse = 0
    /// The most that tensors held at once since the last ``resetPeak()``.
    package var peak = 0
    /// What lies free for the next tensors.
    package var free = 0
    /// What was asked of the system since the start: it stands still while steps run in the memory of
    /// the steps before.
    package var asked = 0
  }

  private struct State {
    var report = Report()
    /// The most in use at once since the start: the bound of what is kept.
    var highest = 0
    /// The addresses of free blocks, by their size.
    var blocks: [Int: [UInt]] = [:]

    /// The smallest free block that holds `size` and is not half as large again.
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

    /// Counts `size` bytes as held by a tensor.
    mutating func count(_ size: Int) {
      report.inUse += size
      report.peak = max(report.peak, report.inUse)
      highest = max(highest, report.inUse)
    }

    /// Frees blocks, the largest first, until the bound holds.
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
  /// The smallest block that is kept, and the step of sizes.
  private static let grain = 1 << 16
  /// Blocks from here on lie on the boundaries of huge pages, which the system is asked for: fewer
  /// translations to look up when a kernel streams through them.
  private static let hugePage = 1 << 21

  /// What stands at this moment.
  package static var report: Report { state.withLock(\.report) }

  /// Starts the peak anew from what is in use.
  package static func resetPeak() { state.withLock { $0.report.peak = $0.report.inUse } }

  /// Gives the free blocks back to the system.
  package static func releaseFree() {
    state.withLock { state in
      for block in state.blocks.values.joined() {
        UnsafeMutableRawPointer(bitPattern: block)?.deallocate()
      }
      state.blocks = [:]
      state.report.free = 0
    }
  }

  /// Throws `outOfMemory` when `byteCount` more would exceed the current context's limit.
  static func expectRoom(for byteCount: Int, in operation: String) throws(TensorError) {
    let (inUse, limit) = (report.inUse, ComputeContext.current.memoryLimit)
    guard inUse + byteCount > limit else { return }
    throw TensorError(
      .outOfMemory,
      "\(byteCount >> 20) MiB more are needed, \(inUse >> 20) of \(limit >> 20) MiB are in use",
      place: operation, remedy: "Take a smaller batch, or smaller images.")
  }

  /// A block of at least `byteCount` bytes on a multiple of 64, uninitialised.
  static func take(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
    guard byteCount >= grain else {
      // A whole number of vectors, so that aligned_alloc's rule on sizes is kept.
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

  /// Takes back what ``take(_:)`` gave.
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

  /// What the machine could give when this was first read: the system's estimate, or the bound of the
  /// control group.
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

/// The memory of a tensor: bytes that start at a multiple of 64 (a cache line, and the widest
/// vector register), and that this object alone owns until it goes.
///
/// `@unchecked Sendable`: the bytes are written only through ``Tensor/withMutableElements(of:_:)``,
/// which first makes sure that the tensor is the storage's only holder, and while a new tensor is
/// being filled, before anything else can hold it. So nobody writes what another can read.
final class TensorStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  /// Memory for at least `byteCount` bytes, uninitialised.
  init(byteCount: Int) { bytes = TensorMemory.take(byteCount) }

  deinit { TensorMemory.give(bytes) }
}
