/// A chunk of a file in memory, with the rest of the chunk before it. Memory is bounded by the chunk and
/// ``recordByteLimit``, whatever the file's size.
struct RecordBuffer {
  let input: InputFile
  private(set) var bytes: [UInt8]
  /// The bytes read but not yet consumed are `start ..< end` of ``bytes``.
  var start = 0
  private(set) var end = 0
  /// Whether the file ends at `end`.
  private(set) var isComplete = false
  private let chunkSize: Int
  private var lineFeedCount = 0
  private var lastByte = lineFeed

  /// Reads from the current position of `input`, after a byte order mark.
  init(_ input: InputFile, chunkSize: Int) throws(RatingsFileError) {
    precondition(chunkSize > 0)
    self.input = input
    self.chunkSize = chunkSize
    bytes = Array(repeating: 0, count: max(chunkSize, byteOrderMark.count))
    if try input.peek(byteOrderMark.count).elementsEqual(byteOrderMark) {
      end = try input.read(into: &bytes, at: 0, upTo: byteOrderMark.count)
      start = end
    }
  }

  /// The number of lines read so far; the last may lack its line end.
  var lineCount: Int { lineFeedCount + (lastByte == lineFeed ? 0 : 1) }

  /// Appends another chunk, or detects the end of the file.
  mutating func readMore() throws(RatingsFileError) {
    if start > 0 {
      // Not through a slice of `bytes`: with two owners, the whole buffer would be copied.
      for position in start..<end { bytes[position - start] = bytes[position] }
      end -= start
      start = 0
    }
    makeRoom(behind: end, for: chunkSize)
    let count = try input.read(into: &bytes, at: end, upTo: chunkSize)
    if count > 0 {
      lineFeedCount += bytes.span.count(of: lineFeed, in: end..<end + count)
      lastByte = bytes[end + count - 1]
    }
    end += count
    isComplete = count == 0
  }

  /// Writes `byte` at `position`, which is beyond ``end``; the next chunk overwrites it.
  mutating func write(_ byte: UInt8, at position: Int) {
    makeRoom(behind: position, for: 1)
    bytes[position] = byte
  }

  /// Ensures that `count` bytes fit after `position`.
  mutating func makeRoom(behind position: Int, for count: Int) {
    if bytes.count < position + count {
      bytes.append(contentsOf: repeatElement(0, count: position + count - bytes.count))
    }
  }
}

extension Span<UInt8> {
  /// Returns the number of occurrences of `byte` in `range`.
  func count(of byte: UInt8, in range: Range<Int>) -> Int {
    var count = 0
    for position in range where self[position] == byte { count += 1 }
    return count
  }
}
