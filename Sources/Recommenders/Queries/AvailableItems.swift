import BitCollections
import Errors
import Foundation
import Ratings

/// The items that may be listed at all, such as those in stock or licensed, from a file of ids, one per line.
///
///     let available = try AvailableItems(path: "in-stock.txt", of: model)
///     let queries = queries.restricted(to: available)
package struct AvailableItems: Sendable {
  /// The maximum size of a file in bytes.
  package static let byteLimit = 1 << 30

  /// The items that the model knows.
  let selection: ItemSelection
  /// The number of ids that the model does not know.
  package let unknownCount: Int

  /// The number of the model's items that may be listed.
  package var count: Int { selection.count }

  /// Reads the file at `path`, which contains ids of items of `model`. White space around an id, blank lines and a
  /// byte order mark are ignored. O(file); holds one line at a time.
  ///
  /// Throws ``RecommendingErrorCode/badItemFile`` if the file cannot be read, is larger than ``byteLimit``, contains
  /// a line that is not an id of the model's type, or contains no ids. An empty file is more likely one that is still
  /// being written than a shop without goods.
  package init(
    path: String, of model: any ScoredModel
  ) throws(RecommendingError) {
    let items = model.items
    var rows = BitSet(reservingCapacity: items.count)
    var (lineNumber, idCount, unknownCount) = (0, 0, 0)
    func bad(_ problem: String, remedy: String) -> RecommendingError {
      let place = lineNumber == 0 ? path : "\(path):\(lineNumber)"
      return RecommendingError(.badItemFile, problem, place: place, remedy: remedy)
    }
    let input = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard input >= 0, fstat(input, &status) == 0 else {
      let failure = SystemError()
      if input >= 0 { close(input) }
      throw bad(
        "can't be read: \(failure)", remedy: failure.remedy(else: "Check the path."))
    }
    defer { close(input) }
    guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.byteLimit else {
      throw bad(
        "is not a file of at most \(Self.byteLimit) bytes",
        remedy: "Give a file with the id of an item on each line.")
    }
    func take(_ line: ArraySlice<UInt8>) throws(RecommendingError) {
      lineNumber += 1
      let line =
        lineNumber == 1 && line.starts(with: [0xEF, 0xBB, 0xBF]) ? line.dropFirst(3) : line
      let id = line.trimmingWhiteSpace
      guard !id.isEmpty else { return }
      guard let text = String(validating: id, as: UTF8.self),
        let item = ItemID(text, as: items.type)
      else {
        throw bad(
          "'\(Excerpt.of(id))' is not the id of an item",
          remedy: "In this model the ids of items are "
            + (items.type == .integer
              ? "64-bit integers." : "texts of 1 to \(identifierByteLimit) bytes."))
      }
      idCount += 1
      if let row = items.index(of: item) { rows.insert(row.position) } else { unknownCount += 1 }
    }
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
      guard count >= 0 else {
        if errno == EINTR { continue }
        throw bad("can't be read: \(SystemError())", remedy: "Check the disk.")
      }
      guard count > 0 else { break }
      var start = 0
      while let end = buffer[start..<count].firstIndex(of: UInt8(ascii: "\n")) {
        pending += buffer[start..<end]
        try take(pending[...])
        pending.removeAll(keepingCapacity: true)
        start = end + 1
      }
      pending += buffer[start..<count]
      // Longer than any id with white space around it.
      guard pending.count <= 1 << 16 else {
        lineNumber += 1
        throw bad(
          "a line of more than 65536 bytes", remedy: "Give a file with an item's id on each line.")
      }
    }
    if !pending.isEmpty { try take(pending[...]) }
    lineNumber = 0
    guard idCount > 0 else {
      throw bad("contains no ids", remedy: "Write the id of an item on each line.")
    }
    self.init(rows: rows, of: model, unknownCount: unknownCount)
  }

  private init(rows: BitSet, of model: any ScoredModel, unknownCount: Int) {
    selection = ItemSelection(rows, of: model)
    self.unknownCount = unknownCount
  }

  /// Returns the same items in `other`, given that they are now items of `model`. O(items).
  package func found(
    in other: any ScoredModel, insteadOf model: any ScoredModel
  ) -> AvailableItems {
    var rows = BitSet(reservingCapacity: other.itemCount)
    var unknownCount = 0
    for row in selection.rows {
      if let found = other.items.index(of: model.items.identifier(at: ItemIndex(row))) {
        rows.insert(found.position)
      } else {
        unknownCount += 1
      }
    }
    return AvailableItems(rows: rows, of: other, unknownCount: unknownCount)
  }
}

extension ArraySlice<UInt8> {
  /// The slice without spaces, tabs and carriage returns at both ends.
  fileprivate var trimmingWhiteSpace: ArraySlice {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
    let start = drop(while: isBlank)
    return start.lastIndex { !isBlank($0) }.map { start[...$0] } ?? []
  }
}
