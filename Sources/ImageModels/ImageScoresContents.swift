import Foundation
package import ModelRegistry
import TensorCore

/// What a model has answered for images, in memory, to be written as a file of ``ImageScores``.
package struct ImageScoresContents: EncodableModel {
  private let task: ImageTask
  private let scoredBy: String
  private var answers: [(id: String, values: [Float])] = []

  /// None yet, of a model that answers `task` and is called `scoredBy`.
  package init(_ task: ImageTask, scoredBy: String) {
    (self.task, self.scoredBy) = (task, scoredBy)
  }

  /// How many there are.
  package var count: Int { answers.count }

  /// Adds what was answered for the image called `id`, which no other has. Traps unless there are as many values as outputs.
  package mutating func append(_ answer: ImageAnswer, for id: String) {
    precondition(answer.values.count == task.outputCount, "\(answer.values.count) values")
    answers.append((id, answer.values))
  }

  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    let sorted = answers.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
    var (ids, ends) = ([UInt8](), [UInt64]())
    for answer in sorted {
      ids += Array(answer.id.utf8)
      ends.append(UInt64(ids.count))
    }
    guard let task = try? JSONEncoder().encode(task) else {
      preconditionFailure("texts and finite numbers can be written as JSON")
    }
    return try SafetensorsWriter.write(
      [
        OutgoingTensor("id_ends", ends),
        OutgoingTensor(
          "values", [sorted.count, self.task.outputCount], sorted.flatMap(\.values)),
        OutgoingTensor("ids", ids),
      ],
      metadata: [
        ModelForm.metadataKey: ImageScores.formName,
        ImageScores.formatKey: "\(ImageScores.formatVersion)",
        ImageScores.taskKey: String(decoding: task, as: UTF8.self),
        ImageScores.modelKey: scoredBy,
      ], to: path)
  }
}
