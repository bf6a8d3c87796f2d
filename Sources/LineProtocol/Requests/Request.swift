/// A request: the command's name and its arguments as bytes, unquoted, and the form it was written in.
///
/// The bytes of all arguments are contiguous, so that parsing one request after another into the same value allocates
/// nothing once it has grown.
package struct Request: Sendable, Equatable {
  /// The form of a request on the wire, which decides the form of its answer.
  package enum Form: UInt8, Sendable {
    /// A plain line, answered by a line of JSON.
    case line
    /// A RESP array of bulk strings, answered in RESP.
    case array
  }

  /// The form of the request.
  package internal(set) var form: Form
  /// The bytes of all arguments, one after the other.
  package private(set) var bytes: [UInt8] = []
  /// The end of each argument in `bytes`.
  package private(set) var ends: [Int] = []

  /// Creates a request without arguments.
  package init(form: Form = .line) { self.form = form }

  /// Creates a request of `arguments`, the command's name first.
  package init(form: Form, _ arguments: [String]) {
    self.form = form
    for argument in arguments {
      bytes.append(contentsOf: argument.utf8)
      endArgument()
    }
  }

  /// The number of arguments, including the command's name.
  package var count: Int { ends.count }

  /// The bytes of the argument at `position`; 0 is the command's name. Traps outside `0 ..< count`.
  package subscript(position: Int) -> ArraySlice<UInt8> {
    bytes[(position == 0 ? 0 : ends[position - 1])..<ends[position]]
  }

  /// The maximum memory that an emptied request keeps for the next one.
  private static let keptByteCount = 4096

  /// The memory of the arguments, in bytes.
  package var memoryByteCount: Int {
    bytes.capacity + ends.capacity * MemoryLayout<Int>.stride
  }

  /// Empties the request for the next one; keeps its memory unless that is large.
  mutating func reset(to form: Form) {
    self.form = form
    let isSmall = memoryByteCount <= Self.keptByteCount
    bytes.removeAll(keepingCapacity: isSmall)
    ends.removeAll(keepingCapacity: isSmall)
  }

  /// Appends a byte to the argument being read.
  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Appends bytes to the argument being read.
  mutating func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  /// Appends bytes to the argument being read, of which `count` more are expected. Reserves memory for these only once
  /// a good part has arrived, so that nobody gets it for a promise.
  mutating func append(_ bytes: UnsafeRawBufferPointer, expecting count: Int) {
    let total = self.bytes.count + bytes.count + count
    if count > 0, self.bytes.capacity < total, self.bytes.count + bytes.count >= total / 4 {
      self.bytes.reserveCapacity(total)
    }
    append(bytes)
  }

  /// Appends a whole argument.
  mutating func appendArgument(_ argument: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: argument)
    endArgument()
  }

  /// Ends the argument being read; the next byte belongs to another.
  mutating func endArgument() { ends.append(bytes.count) }
}
