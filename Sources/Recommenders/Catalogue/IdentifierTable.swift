import Errors
import ModelRegistry
package import Ratings

/// The ids of a model's users or items in ascending order. The position of an id is its dense row.
///
/// Ids are read in place from the mapped file: the order serves as the index and nothing is built. In a hostile file
/// a lookup may miss an id or return the wrong row, but never goes out of bounds.
package struct IdentifierTable<Entity>: Sendable {
  enum Storage: Sendable {
    case integers(TensorColumn<Int64>)
    case texts(TextTable)
  }

  let storage: Storage
  private let names: IdentifierTensors

  /// Reads `count` ids from a file, as integers or texts, whichever it has.
  init(
    _ reader: TensorReader, _ names: IdentifierTensors, count: Int
  ) throws(ModelFileError) {
    self.names = names
    storage =
      reader.has(names.integers)
      ? .integers(try reader.column(names.integers, [count]))
      : .texts(try TextTable(reader, bytes: names.bytes, ends: names.ends, count: count))
  }

  /// The type of the ids.
  package var type: IdentifierType {
    switch storage {
    case .integers: .integer
    case .texts: .text
    }
  }

  /// The number of ids.
  package var count: Int {
    switch storage {
    case .integers(let integers): integers.count
    case .texts(let texts): texts.count
    }
  }

  /// Returns the row of `identifier`, or nil if it is not in the table or is of the other type.
  ///
  /// For integers this takes O(1) probes if they are evenly distributed and O(log count) in the worst case. For texts
  /// it takes O(log count) comparisons.
  package func index(of identifier: Identifier<Entity>) -> DenseIndex<Entity>? {
    switch (storage, identifier.value) {
    case (.integers(let integers), .integer(let sought)):
      integers.withElements { position(of: sought, in: $0) }.map { DenseIndex($0) }
    case (.texts(let texts), .text(let sought)):
      texts.position(of: sought).map { DenseIndex($0) }
    default: nil
    }
  }

  /// Returns the id of a row. Traps if there is no such row.
  package func identifier(at index: DenseIndex<Entity>) -> Identifier<Entity> {
    switch storage {
    case .integers(let integers): Identifier(integers[index.position])
    case .texts(let texts): Identifier(texts[index.position])
    }
  }

  /// Returns up to `count` ids closest to `text` in spelling, nearest first. Empty if ids are integers. Examines
  /// every id.
  package func nearest(to text: String, count: Int) -> [Identifier<Entity>] {
    guard case .texts(let texts) = storage else { return [] }
    var search = NearestText(to: text, count: count)
    for position in 0..<texts.count { search.consider(texts[position]) }
    return search.matches.map { Identifier($0) }
  }

  /// Searches by interpolation for a few steps, since ids are often consecutive, then by bisection.
  private func position(of sought: Int64, in integers: UnsafeBufferPointer<Int64>) -> Int? {
    var (low, high) = (0, integers.count - 1)
    var interpolationsLeft = 3
    while low <= high {
      let (first, last) = (integers[low], integers[high])
      guard sought >= first, sought <= last else { return nil }
      var middle = low + (high - low) / 2
      let width = Double(last) - Double(first)  // 0 also for large neighbours: 2^62 and 2^62 + 1
      if interpolationsLeft > 0, width > 0 {
        interpolationsLeft -= 1
        let share = (Double(sought) - Double(first)) / width
        middle = min(high, low + Int(share * Double(high - low)))
      }
      if integers[middle] == sought { return middle }
      if integers[middle] < sought { low = middle + 1 } else { high = middle - 1 }
    }
    return nil
  }

  /// Checks that ids ascend and that text ids are valid.
  func verify(place: String) throws(ModelFileError) {
    switch storage {
    case .integers(let integers):
      try integers.withElements { (ids) throws(ModelFileError) in
        for row in ids.indices.dropFirst() where ids[row - 1] >= ids[row] {
          throw .badContents(
            "row \(row) of \(names.integers) is not greater than the previous one", place: place)
        }
      }
    case .texts(let texts):
      try texts.verify(place: place)
      try texts.verifyAscending(place: place)
      for row in 0..<texts.count {
        let length = texts.range(at: row).count
        guard (1...identifierByteLimit).contains(length) else {
          throw .badContents(
            "row \(row) of \(names.ends) is an id of \(length) bytes", place: place)
        }
      }
    }
  }
}

/// The names of the tensors that hold the ids of users or of items.
struct IdentifierTensors {
  let integers: String
  let bytes: String
  let ends: String

  static let users = IdentifierTensors(
    integers: "user_ids", bytes: "user_id_bytes", ends: "user_id_ends")
  static let items = IdentifierTensors(
    integers: "item_ids", bytes: "item_id_bytes", ends: "item_id_ends")

  /// Returns the tensors of `column`.
  func tensors(_ column: IdentifierColumn) -> [OutgoingTensor] {
    switch column {
    case .integers(let integers): [OutgoingTensor(self.integers, integers)]
    case .texts(let texts): TextTable.tensors(texts, bytes: bytes, ends: ends)
    }
  }
}
