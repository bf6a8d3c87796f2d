/// A chunk of a file in memory, with what is left of the one before it: memory is bounded by the chunk and
/// ``recordByteLimit``, whatever the file's size.
struct RecordBuffer {
  let input: InputFile
  private(set) var bytes: [UInt8]
  /// What was read and not yet handed out is `start ..< end` of ``bytes``.
  var start = 0
  private(set) var end = 0
  /// Whether the file holds nothing behind `end`.
  private(set) var isComplete = false
  private let chunkSize: Int
  private var lineFeedCount = 0
  private var lastByte = lineFeed

  /// Reads on from where `input` stands, past a byte order mark.
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

  /// The number of lines read so far; the last may lack its end.
  var lineCount: Int { lineFeedCount + (lastByte == lineFeed ? 0 : 1) }

  /// Reads a chunk more behind what is there, or finds that there is none.
  mutating func readMore() throws(RatingsFileError) {
    if start > 0 {
      // Not through a slice of `bytes`: two owners of the buffer would copy all of it.
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

  /// Writes `byte` at `position`, which is behind ``end``: what stands there is overwritten by the next
  /// chunk.
  mutating func write(_ byte: UInt8, at position: Int) {
    makeRoom(behind: position, for: 1)
    bytes[position] = byte
  }

  /// Sees to it that `count` bytes fit behind `position`.
  mutating func makeRoom(behind position: Int, for count: Int) {
    if bytes.count < position + count {
      bytes.append(contentsOf: repeatElement(0, count: position + count - bytes.count))
    }
  }
}

extension Span<UInt8> {
  /// How often `byte` stands in `range`.
  func count(of byte: UInt8, in range: Range<Int>) -> Int {
    var count = 0
    for position in range where self[position] == byte { count += 1 }
    return count
  }
}
