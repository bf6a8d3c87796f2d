/// One request: the command's name and its arguments as bytes, unquoted, and how it was written.
///
/// The bytes of all arguments lie in one run, so that reading one request after another into the
/// same value allocates nothing once it has grown.
package struct Request: Sendable, Equatable {
  /// How a request is written on the wire, which decides how it is answered.
  package enum Form: UInt8, Sendable {
    /// A plain line, answered by a line of JSON.
    case line
    /// A RESP array of bulk strings, answered in RESP.
    case array
  }

  /// How the request was written.
  package internal(set) var form: Form
  /// The bytes of all arguments, one behind the other.
  package private(set) var bytes: [UInt8] = []
  /// For each argument, the position in `bytes` just behind it.
  package private(set) var ends: [Int] = []

  /// A request without arguments.
  package init(form: Form = .line) { self.form = form }

  /// A request of `arguments`, the command's name first.
  package init(form: Form, _ arguments: [String]) {
    self.form = form
    for argument in arguments {
      bytes.append(contentsOf: argument.utf8)
      endArgument()
    }
  }

  /// The number of arguments, the command's name among them.
  package var count: Int { ends.count }

  /// The bytes of the argument at `position`; 0 is the command's name. Traps outside `0 ..< count`.
  package subscript(position: Int) -> ArraySlice<UInt8> {
    bytes[(position == 0 ? 0 : ends[position - 1])..<ends[position]]
  }

  /// The most memory that an emptied request keeps for the next one.
  private static let keptByteCount = 4096

  /// The memory that the arguments take.
  package var memoryByteCount: Int {
    bytes.capacity + ends.capacity * MemoryLayout<Int>.stride
  }

  /// Empties the request for the next one; keeps its memory unless that is much.
  mutating func reset(to form: Form) {
    self.form = form
    let isSmall = memoryByteCount <= Self.keptByteCount
    bytes.removeAll(keepingCapacity: isSmall)
    ends.removeAll(keepingCapacity: isSmall)
  }

  /// Adds a byte to the argument that is being read.
  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  /// Adds bytes to the argument that is being read.
  mutating func append(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }

  /// Adds bytes to the argument that is being read, of which so many more are expected: takes memory for these once a good part
  /// has come, so that nobody gets it for a promise.
  mutating func append(_ bytes: UnsafeRawBufferPointer, expecting count: Int) {
    let total = self.bytes.count + bytes.count + count
    if count > 0, self.bytes.capacity < total, self.bytes.count + bytes.count >= total / 4 {
      self.bytes.reserveCapacity(total)
    }
    append(bytes)
  }

  /// Adds a whole argument.
  mutating func appendArgument(_ argument: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: argument)
    endArgument()
  }

  /// Ends the argument that is being read; the next byte belongs to another.
  mutating func endArgument() { ends.append(bytes.count) }
}
