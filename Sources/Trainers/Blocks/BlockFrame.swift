import Errors
import Foundation
import ModelRegistry

/// A message between `latent solve-block` and the program that started it, or a part of a model assembled by such a
/// program: a header, eight numbers, and arrays.
///
/// All numbers are little-endian. The header consists of an 8-byte signature (`\x89LATENT\n`), the version (2 bytes)
/// and the kind (2), four zero bytes, the number of bytes after the header (8), a tag that the answer repeats (8), and
/// the SHA-256 of these 32 bytes and all bytes after the header (32). It is followed by eight 8-byte slots, whose
/// meaning depends on the kind, and by arrays. Each array is padded with zeros to a multiple of 64 bytes, so that a
/// frame in a file can be used for computation in place. See ARCHITECTURE.md, "Blocks".
package struct BlockFrame: Sendable {
  /// The maximum number of bytes after the header: 16 GiB.
  package static let byteLimit = 1 << 34
  /// The number of bytes read or written, and hashed, at a time.
  private static let pieceByteCount = 1 << 20

  /// The kind of a frame.
  package enum Kind: UInt16, Sendable, CaseIterable {
    /// Rows of factors. From the client: the other side to solve against.
    case factors = 1
    /// The eigenbasis of a Gram matrix. From the client: the basis that the other side is in.
    case basis = 2
    /// The path of a file with a `factors` frame: the other side.
    case file = 3
    /// Requests the initial rows of a training.
    case start = 4
    /// A Gram matrix whose eigenbasis is requested.
    case gram = 5
    /// Rows to rotate into the basis.
    case turn = 6
    /// Ratings of rows to solve.
    case solve = 7
    /// Solved rows, their Gram matrix, and the contribution of their ratings to the error.
    case solved = 8
    /// The weights of ratings and regularisation. From the client: those that are known.
    case weights = 9
    /// Requests the initial rows of an `als` training.
    case alsStart = 10
    /// Ratings of `als` rows to solve.
    case alsSolve = 11
    /// Solved `als` rows, their contribution to their side's slope, and the error of their ratings.
    case alsSolved = 12
    /// The properties of a whole model other than its rows: their numbers and scales.
    case model = 13
    /// Rows of one side of a model, with their ids.
    case part = 14
    /// Users whose lists are requested.
    case score = 15
    /// The requested lists.
    case scored = 16
  }

  let kind: Kind
  let tag: UInt64
  let memory: FrameMemory
  /// The digest in the header; nil if the contents did not come with one.
  let digest: [UInt8]?

  /// Creates a frame for arrays of the given byte counts, all zero except the slots. Throws `tooLong`, `outOfMemory`.
  init(
    _ kind: Kind, tag: UInt64, _ slots: [BlockSlot], arrays: [Int]
  ) throws(BlockError) {
    let length = arrays.reduce(BlockFields.slotByteCount) { $0 + BlockFields.filledUp($1) }
    let place = Self.place(kind, tag)
    guard length <= Self.byteLimit else {
      throw .bad(
        .tooLong, "the response has \(length) bytes, and the limit is \(Self.byteLimit)",
        place: place,
        remedy: "Use smaller blocks.")
    }
    self.kind = kind
    self.tag = tag
    digest = nil
    memory = try FrameMemory(byteCount: length, place: place)
    for (slot, value) in slots.enumerated() {
      memory.bytes.storeBytes(of: value.bits, toByteOffset: 8 * slot, as: UInt64.self)
    }
  }

  /// The name in error messages. The sender knows the frame by its tag.
  var place: String { Self.place(kind, tag) }

  private static func place(_ kind: Kind, _ tag: UInt64) -> String {
    "the \(kind) frame with tag \(tag)"
  }

  /// Returns a frame of another kind with the same memory: an answer that reuses the request's memory.
  func renamed(_ kind: Kind) -> BlockFrame {
    BlockFrame(kind: kind, tag: tag, memory: memory, digest: nil)
  }

  private init(kind: Kind, tag: UInt64, memory: FrameMemory, digest: [UInt8]?) {
    self.kind = kind
    self.tag = tag
    self.memory = memory
    self.digest = digest
  }

  /// Reads the next frame from `descriptor`; nil at the end of the input. Throws `cutOff`, `badFrame`, `otherVersion`,
  /// `tooLong`, `badChecksum`, `outOfMemory`, `inputOutput`.
  package init?(reading descriptor: CInt, number: Int) throws(BlockError) {
    let place = "frame \(number) of the input"
    var start = [UInt8](repeating: 0, count: BlockHeader.byteCount)
    var error: SystemError?
    let count = start.withUnsafeMutableBytes { Self.fill($0, from: descriptor, &error) }
    if let error { throw Self.failed("read", error, place: place) }
    guard count > 0 else { return nil }
    guard count == start.count else { throw Self.cutOff(count, of: start.count, place: place) }
    let header = try BlockHeader(reading: start, place: place)
    let memory = try FrameMemory(byteCount: header.length, place: place)
    var digester = BlockDigester(header)
    for first in stride(from: 0, to: header.length, by: Self.pieceByteCount) {
      let piece = UnsafeMutableRawBufferPointer(
        rebasing: memory.bytes[first..<min(first + Self.pieceByteCount, header.length)])
      let count = Self.fill(piece, from: descriptor, &error)
      if let error { throw Self.failed("read", error, place: place) }
      guard count == piece.count else {
        throw Self.cutOff(first + count, of: header.length, place: place)
      }
      digester.append(UnsafeRawBufferPointer(piece))
    }
    try self.init(header, memory, digester.digest, place: place)
  }

  /// Maps the file at `path`, which must hold a single frame. Throws as ``init(reading:number:)`` does.
  init(ofFile path: String) throws(BlockError) {
    let frames = try Self.all(ofFile: path)
    guard let frame = frames.first, frames.count == 1 else {
      throw .bad(.badFrame, "it holds \(frames.count) frames instead of one", place: path)
    }
    self = frame
  }

  /// Maps the file at `path` and returns its sequence of frames. Throws as ``init(reading:number:)`` does.
  static func all(ofFile path: String) throws(BlockError) -> [BlockFrame] {
    let file: MappedFile
    do throws(ModelFileError) { file = try MappedFile(path) } catch {
      throw .bad(
        .inputOutput, error.problem, place: path,
        remedy: "Check the path, on each machine that reads it.")
    }
    var frames: [BlockFrame] = []
    var position = 0
    while position < file.byteCount {
      let place = "frame \(frames.count + 1) of \(path)"
      let frame = try BlockFrame(at: position, of: file, place: place)
      position += BlockHeader.byteCount + frame.memory.bytes.count
      frames.append(frame)
    }
    return frames
  }

  private init(at position: Int, of file: MappedFile, place: String) throws(BlockError) {
    let start = file.withBytes { Array($0[position...].prefix(BlockHeader.byteCount)) }
    guard start.count == BlockHeader.byteCount else {
      throw Self.cutOff(start.count, of: BlockHeader.byteCount, place: place)
    }
    let header = try BlockHeader(reading: start, place: place)
    let first = position + BlockHeader.byteCount
    guard header.length <= file.byteCount - first else {
      throw Self.cutOff(file.byteCount - first, of: header.length, place: place)
    }
    let memory = FrameMemory(of: file, first..<first + header.length)
    var digester = BlockDigester(header)
    for piece in stride(from: 0, to: header.length, by: Self.pieceByteCount) {
      digester.append(
        UnsafeRawBufferPointer(
          rebasing: memory.bytes[piece..<min(piece + Self.pieceByteCount, header.length)]))
    }
    try self.init(header, memory, digester.digest, place: place)
  }

  private init(
    _ header: BlockHeader, _ memory: FrameMemory, _ digest: [UInt8], place: String
  ) throws(BlockError) {
    guard header.digest == digest else {
      throw .bad(
        .badChecksum, "its contents do not match their SHA-256",
        place: place, remedy: "Send it again.")
    }
    kind = header.kind
    tag = header.tag
    self.memory = memory
    self.digest = digest
  }

  /// Writes the frame to `descriptor`. Throws `inputOutput`.
  package func write(to descriptor: CInt) throws(BlockError) {
    var header = BlockHeader(kind, tag: tag, length: memory.bytes.count)
    var digester = BlockDigester(header)
    digester.append(UnsafeRawBufferPointer(memory.bytes))
    header.digest = digester.digest
    let failure =
      header.bytes.withUnsafeBytes { Self.write($0, to: descriptor) }
      ?? Self.write(UnsafeRawBufferPointer(memory.bytes), to: descriptor)
    if let failure { throw Self.failed("written", failure, place: place) }
  }

  /// Reads until `bytes` are full or the input ends. Returns the number of bytes read.
  private static func fill(
    _ bytes: UnsafeMutableRawBufferPointer, from descriptor: CInt, _ error: inout SystemError?
  ) -> Int {
    var done = 0
    while done < bytes.count {
      let count = read(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count > 0 {
        done += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        error = SystemError()
        break
      }
    }
    return done
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> SystemError? {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(
        descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      if count > 0 { done += count } else if errno != EINTR { return SystemError() }
    }
    return nil
  }

  private static func cutOff(_ count: Int, of length: Int, place: String) -> BlockError {
    .bad(
      .cutOff, "it ends after \(count) of \(length) bytes", place: place,
      remedy: "Check what happened to the program that wrote it.")
  }

  private static func failed(_ done: String, _ error: SystemError, place: String) -> BlockError {
    .bad(
      .inputOutput, "it can't be \(done): \(error)", place: place,
      remedy: "Check what happened to the program at the other end.")
  }
}
