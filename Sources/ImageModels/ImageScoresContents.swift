import Foundation
package import ModelRegistry
import TensorCore

/// A model's answers for images, in memory, to be written as a file of ``ImageScores``.
package struct ImageScoresContents: EncodableModel {
  private let task: ImageTask
  private let scoredBy: String
  private var answers: [(id: String, values: [Float])] = []

  /// Creates an empty collection for a model of `task` called `scoredBy`.
  package init(_ task: ImageTask, scoredBy: String) {
    (self.task, self.scoredBy) = (task, scoredBy)
  }

  /// The number of answers.
  package var count: Int { answers.count }

  /// Adds the answer for the image called `id`, which must be unique. Traps unless there is one value per output.
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
