import Errors
import ModelRegistry
package import Ratings

/// The ids of a model's users or items, in ascending order: an id's position is its dense row.
///
/// Read in place from the mapped file: the order is the index, nothing is built. In a file whose
/// contents are hostile an id may not be found, or not its right row; no look-up goes outside the
/// table.
package struct IdentifierTable<Entity>: Sendable {
  enum Storage: Sendable {
    case integers(TensorColumn<Int64>)
    case texts(TextTable)
  }

  let storage: Storage
  private let names: IdentifierTensors

  /// Takes `count` ids out of a file, as integers or as texts, whichever there are.
  init(
    _ reader: TensorReader, _ names: IdentifierTensors, count: Int
  ) throws(ModelFileError) {
    self.names = names
    storage =
      reader.has(names.integers)
      ? .integers(try reader.column(names.integers, [count]))
      : .texts(try TextTable(reader, bytes: names.bytes, ends: names.ends, count: count))
  }

  /// Which kind of id the table holds.
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

  /// The row of `identifier`; nil when it is not in the table, as no id of the other type is.
  ///
  /// Integers take O(1) look-ups when they are spread evenly and O(log count) at worst; texts
  /// O(log count) comparisons.
  package func index(of identifier: Identifier<Entity>) -> DenseIndex<Entity>? {
    switch (storage, identifier.value) {
    case (.integers(let integers), .integer(let sought)):
      integers.withElements { position(of: sought, in: $0) }.map { DenseIndex($0) }
    case (.texts(let texts), .text(let sought)):
      texts.position(of: sought).map { DenseIndex($0) }
    default: nil
    }
  }

  /// The id of a row. Traps when there is no such row.
  package func identifier(at index: DenseIndex<Entity>) -> Identifier<Entity> {
    switch storage {
    case .integers(let integers): Identifier(integers[index.position])
    case .texts(let texts): Identifier(texts[index.position])
    }
  }

  /// The at most `count` ids that are spelled most like `text`, nearest first; none when ids are
  /// integers. Looks at every id.
  package func nearest(to text: String, count: Int) -> [Identifier<Entity>] {
    guard case .texts(let texts) = storage else { return [] }
    var search = NearestText(to: text, count: count)
    for position in 0..<texts.count { search.consider(texts[position]) }
    return search.matches.map { Identifier($0) }
  }

  /// Interpolates a few times, since ids are often numbered in a row, then halves.
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

  /// Checks that ids ascend and, where they are texts, are valid ones.
  func verify(place: String) throws(ModelFileError) {
    switch storage {
    case .integers(let integers):
      try integers.withElements { (ids) throws(ModelFileError) in
        for row in ids.indices.dropFirst() where ids[row - 1] >= ids[row] {
          throw .badContents(
            "row \(row) of \(names.integers) is not above the one before", place: place)
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

/// The names of the tensors that hold the ids of one side.
struct IdentifierTensors {
  let integers: String
  let bytes: String
  let ends: String

  static let users = IdentifierTensors(
    integers: "user_ids", bytes: "user_id_bytes", ends: "user_id_ends")
  static let items = IdentifierTensors(
    integers: "item_ids", bytes: "item_id_bytes", ends: "item_id_ends")

  /// The tensors of `column`.
  func tensors(_ column: IdentifierColumn) -> [OutgoingTensor] {
    switch column {
    case .integers(let integers): [OutgoingTensor(self.integers, integers)]
    case .texts(let texts): TextTable.tensors(texts, bytes: bytes, ends: ends)
    }
  }
}
