import Crypto
import Errors
import Foundation
package import ImageData
package import ImageModels
import Images
package import Learning

extension ImageTask {
  /// Creates the task that a data set's targets allow: a class for each image, its labels, numbers or points.
  ///
  /// - Parameters:
  ///   - kind: The requested kind; nil for that of the targets. `multilabel` for targets with one class each also
  ///     lets images have no label.
  ///   - range: The range of predicted numbers.
  ///
  /// Throws `badOption` if the targets are of another kind or the images have no labels, and `badLabels` if the
  /// labels make no valid task.
  package init(
    _ kind: Kind?, for targets: ImageTargets, range: Range? = nil
  ) throws(TrainingError) {
    let task: ImageTask
    switch targets {
    case .classes(let names, _):
      task =
        kind == .multilabel
        ? .multilabel(labels: names, thresholds: Array(repeating: 0.5, count: names.count))
        : .classify(classes: names)
    case .labels(let names, _):
      task = .multilabel(labels: names, thresholds: Array(repeating: 0.5, count: names.count))
    case .numbers(let names, _): task = .regress(names: names, range: range)
    case .points(let count, _): task = .points(names: (1...max(count, 1)).map { "point \($0)" })
    case .none:
      throw TrainingError(
        .badOption, "the images have no labels", place: "labels",
        remedy: "Say where they are, such as in a column or the folder's name.")
    }
    if let kind, kind != task.kind {
      throw TrainingError(
        .badOption, "the labels are for \(task.name), not for \(kind.rawValue)",
        place: "task", remedy: "Use other labels, or train for \(task.name).")
    }
    self = task
    if let fault = ImageModelDescription.fault(of: self) {
      throw TrainingError(
        .badLabels, fault, place: "labels", remedy: "Check the labels.")
    }
  }
}

extension TrainingTargets {
  /// Creates targets for `task` from those of a data set. Traps if they are of another kind.
  package init(_ targets: ImageTargets, for task: ImageTask) {
    switch targets {
    case .classes(let names, let classes):
      if case .multilabel = task {
        self = .numbers(
          classes.flatMap { own in names.indices.map { $0 == own ? 1 : 0 } }, width: names.count)
      } else {
        self = .classes(classes.map { Int32($0) })
      }
    case .labels(let names, let sets):
      var numbers = [Float](repeating: 0, count: sets.count * names.count)
      for (image, set) in sets.enumerated() {
        for label in set.labels { numbers[image * names.count + label] = 1 }
      }
      self = .numbers(numbers, width: names.count)
    case .numbers(let names, let values): self = .numbers(values, width: names.count)
    case .points(let count, let positions): self = .points(positions, width: count)
    case .none: preconditionFailure("images without labels")
    }
  }
}

extension TrainingImages {
  /// Creates the images of a data set as `images` reads them, for a task of its targets and with its split. The
  /// numbers in `skipped` are in neither part.
  package init(
    _ set: ImageDataSet, as task: ImageTask, read images: any ImageSource,
    leavingOut skipped: Set<Int> = []
  ) {
    self.init(
      images: images, targets: TrainingTargets(set.targets, for: task), task: task,
      training: set.split.training.filter { !skipped.contains($0) },
      heldOut: set.split.heldOut.filter { !skipped.contains($0) })
  }
}

extension DecodedEachTime {
  /// Decodes the images of a data set. JPEGs may be decoded smaller, to a shorter side of no less than
  /// `minimumSide`; not with points, which are in the files' own pixels. `channels` are those to keep, in this
  /// order; nil for all.
  package init(_ set: ImageDataSet, minimumSide: Int?, channels: [Int]?) {
    let side: Int? = if case .points = set.targets { nil } else { minimumSide }
    self.init(count: set.count) { (item) throws(TrainingError) in
      do throws(ImageError) {
        return try set.decode(item, minimumSide: side).image
          .keeping(channels: channels, named: set.names[item])
      } catch {
        throw TrainingError(error)
      }
    }
  }

  /// Returns a source that fails for images that a model with `channels` channels cannot read. `names` are the
  /// images' names.
  package func checked(channels: Int, names: [String]) -> DecodedEachTime {
    DecodedEachTime(count: count) { (number) throws(TrainingError) in
      let image = try self.image(number)
      do throws(ImageError) { try image.check(fits: channels, named: names[number]) } catch {
        throw TrainingError(error)
      }
      return image
    }
  }
}

extension JudgedImages {
  /// Reads the images of a data set.
  package init(of set: ImageDataSet) {
    self.init(groups: set.groups, names: set.names) { (item, side) throws(TrainingError) in
      do throws(ImageError) {
        return try set.decode(item, minimumSide: side)
      } catch {
        throw TrainingError(error)
      }
    }
  }
}

extension ExplainedError<TrainingErrorCode> {
  /// Wraps the error of an image that cannot be learned from.
  init(_ error: ImageError) {
    self.init(.badData, error.problem, place: error.place, remedy: error.remedy)
  }
}

extension ImageDataSet {
  /// The SHA-256 of the images' names, their targets and the split, in hexadecimal. Pixels are not included.
  package var fingerprint: String {
    var hash = SHA256()
    func add(_ text: String) {
      hash.update(data: Data("\(text.utf8.count) \(text)\n".utf8))
    }
    for item in 0..<count {
      add(names[item])
      add(targets.words(item))
    }
    for part in [split.training, split.heldOut] {
      add(part.map(String.init).joined(separator: " "))
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }
}
