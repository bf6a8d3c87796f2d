import Errors
package import ModelRegistry
package import Synchronization
import TensorCore

/// A kind of model for tests of code that must work with any kind: some numbers and some people.
package final class TestModel: PublishedModel {
  /// The contents of a test model.
  package struct Contents: EncodableModel {
    package var numbers: [Float]
    package var names: [String]
    package var kind = "test"

    /// Creates a model of `numbers`, which must be finite, that knows the people in `names`.
    package init(_ numbers: [Float], names: [String] = []) {
      self.numbers = numbers
      self.names = names
    }

    package func write(to path: String) throws(ModelFileError) -> FileDigest {
      try SafetensorsWriter.write(
        [OutgoingTensor("numbers", numbers)],
        metadata: [
          ModelForm.metadataKey: "test-model", "kind": kind,
          "names": names.joined(separator: ","),
        ], to: path)
    }
  }

  /// The form of the model's files.
  package static let form = ModelForm("test-model") { (file) throws(ModelFileError) in
    try TestModel(file)
  }

  package let path: String
  package let contents: Contents
  /// How often the model was prepared to answer.
  package let preparations = Atomic(0)

  package func prepare() { preparations.add(1, ordering: .relaxed) }

  private init(_ file: SafetensorsFile) throws(ModelFileError) {
    guard let numbers = file.tensor(named: "numbers") else {
      throw ModelFileError(
        .missingTensor, "there are no numbers", place: file.path, remedy: "Write it again.")
    }
    path = file.path
    var contents = Contents(
      try numbers.copy(),
      names: (file.metadata["names"] ?? "").split(separator: ",").map(String.init))
    contents.kind = file.metadata["kind"] ?? ""
    self.contents = contents
  }

  package var kind: String { contents.kind }

  package var facts: [ModelFact] {
    [
      ModelFact("numbers", .integer(contents.numbers.count)),
      ModelFact(
        "first", label: "the first", .number(Double(contents.numbers.first ?? .nan), decimals: 2)),
      ModelFact("second", .none),
    ]
  }

  package var people: (any PeopleInModel)? { People(contents: contents) }

  package func verifyContents() throws(ModelFileError) {
    guard contents.numbers.allSatisfy(\.isFinite) else {
      throw ModelFileError(
        .badContents, "a number is not finite", place: path, remedy: "Write it again.")
    }
  }
}

private struct People: PeopleInModel {
  let contents: TestModel.Contents

  var count: Int { contents.names.count }
  func contains(_ id: String) -> Bool { contents.names.contains(id) }
  func without(_ id: String) -> any EncodableModel {
    var rest = contents
    rest.names.removeAll { $0 == id }
    return rest
  }
}
