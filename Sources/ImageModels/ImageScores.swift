import Errors
import Foundation
package import ModelRegistry
import TensorCore

extension ModelForm {
  /// Stored answers of a model for many images.
  package static let imageScores = ModelForm(ImageScores.formName) { file throws(ModelFileError) in
    try ImageScores(file)
  }
}

/// Stored answers of a model for many images, by id, in a memory-mapped file: a look-up instead of a prediction.
///
/// The file is untrusted: invalid contents result in an error or wrong numbers, never in access outside a tensor.
///
///     ids         U8  [bytes]            UTF-8 texts, in ascending byte order
///     id_ends     U64 [items]            the end of each id
///     values      F32 [items, outputs]   as in ``ImageAnswer/values``
///
/// `@unchecked Sendable`: the tensors are constant, and the mapping that holds them is retained.
package final class ImageScores: PublishedModel, @unchecked Sendable {
  /// The form and kind of such a file.
  package static let formName = "image-scores"
  static let formatKey = "latent.format"
  static let taskKey = "latent.image_task"
  static let modelKey = "latent.scored_by"
  static let formatVersion = 1
  /// The maximum number of bytes in an id.
  package static let identifierLimit = 1024

  /// The model's task.
  package let task: ImageTask
  /// The model that answered, in words.
  package let scoredBy: String
  /// The number of images.
  package let count: Int
  package let path: String
  private let file: MappedFile
  private let ids: UnsafeBufferPointer<UInt8>
  private let ends: UnsafeBufferPointer<UInt64>
  private let values: UnsafeBufferPointer<Float>

  /// Reads the answers from an open file; reads the header only.
  ///
  /// Throws ``ModelFileError`` if it holds none, was written by a newer Latent, or lacks a tensor of the right type
  /// and shape.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    func refused(_ code: ModelFileErrorCode, _ problem: String) -> ModelFileError {
      ModelFileError(
        code, problem, place: file.path, remedy: "Use an intact copy of the file, or score again.")
    }
    guard file.metadata[ModelForm.metadataKey] == Self.formName else {
      throw refused(.foreign, "not the answers of an image model")
    }
    guard let version = Int(file.metadata[Self.formatKey] ?? ""), version > 0 else {
      throw refused(.badContents, "its format version is missing or invalid")
    }
    guard version <= Self.formatVersion else {
      throw ModelFileError(
        .tooNew, "its format is \(version), and this Latent reads up to \(Self.formatVersion)",
        place: file.path, remedy: "Use the Latent that wrote it, or a newer one.")
    }
    guard
      let task = try? JSONDecoder().decode(
        ImageTask.self, from: Data((file.metadata[Self.taskKey] ?? "").utf8)),
      ImageModelDescription.fault(of: task) == nil
    else { throw refused(.badContents, "its task can't be read") }
    func tensor(_ name: String) throws(ModelFileError) -> StoredTensor {
      guard let tensor = file.tensor(named: name) else {
        throw refused(.missingTensor, "tensor '\(name)' is missing")
      }
      return tensor
    }
    let (ids, ends, values) = (try tensor("ids"), try tensor("id_ends"), try tensor("values"))
    let count = ends.shape.rank == 1 ? ends.shape.dimensions[0] : -1
    guard ids.shape.rank == 1, count >= 0,
      values.shape.dimensions == [count, task.outputCount]
    else { throw refused(.wrongTensor, "the shapes of its tensors do not match") }
    (self.file, self.values) = try values.mappedElements(of: Float.self)
    self.ids = try ids.mappedElements(of: UInt8.self).elements
    self.ends = try ends.mappedElements(of: UInt64.self).elements
    (self.task, self.count, path) = (task, count, file.path)
    scoredBy = file.metadata[Self.modelKey] ?? ""
  }

  package var kind: String { Self.formName }
  package var people: (any PeopleInModel)? { nil }

  package func hasNamesake(_ id: String) -> Bool { answer(for: id.utf8) != nil }

  package var facts: [ModelFact] {
    [
      ModelFact("task", .text(task.name)), ModelFact("images", .integer(count)),
      ModelFact("outputs", .integer(task.outputNames.count)),
      ModelFact("scored_by", .text(scoredBy)),
    ]
  }

  /// Returns the answer for the image called `id`; nil if there is none. O(log images).
  package func answer(for id: some Collection<UInt8>) -> ImageAnswer? {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self.id(at: middle).lexicographicallyPrecedes(id) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < count, self.id(at: low).elementsEqual(id) else { return nil }
    return answer(at: low)
  }

  private func answer(at row: Int) -> ImageAnswer {
    let width = task.outputCount
    defer { withExtendedLifetime(file) {} }
    return ImageAnswer(values: Array(values[row * width..<(row + 1) * width]))
  }

  /// Returns the bytes of an id; wrong ones if the file is damaged.
  private func id(at row: Int) -> Slice<UnsafeBufferPointer<UInt8>> {
    let end = min(Int(clamping: ends[row]), ids.count)
    let start = row == 0 ? 0 : min(Int(clamping: ends[row - 1]), end)
    return ids[start..<end]
  }

  /// Checks that ids ascend and are valid text, and that values are finite. O(file size).
  package func verifyContents() throws(ModelFileError) {
    func bad(_ problem: String) -> ModelFileError {
      ModelFileError(
        .badContents, problem, place: path,
        remedy: "Use an intact copy of the file, or score again.")
    }
    defer { withExtendedLifetime(file) {} }
    for row in 0..<count {
      let end = ends[row]
      guard end <= UInt64(ids.count), end > (row == 0 ? 0 : ends[row - 1]),
        String(validating: id(at: row), as: UTF8.self) != nil,
        row == 0 || id(at: row - 1).lexicographicallyPrecedes(id(at: row))
      else { throw bad("row \(row) of id_ends is invalid or out of order") }
    }
    guard (ends.last ?? 0) == UInt64(ids.count) else {
      throw bad("ids has bytes after the last id")
    }
    if let fault = values.firstIndex(where: { !$0.isFinite }) {
      throw bad("values holds \(values[fault]) at \(fault)")
    }
  }
}
