package import ImageModels
import Images

/// Images with what a model is to answer for them, those to learn from and those held out.
package struct TrainingImages: Sendable {
  package let images: any ImageSource
  package let targets: TrainingTargets
  package let task: ImageTask
  /// The numbers of the images to learn from, and of those that are held out.
  package let training: [Int]
  package let heldOut: [Int]

  /// Traps unless each image has a target for the task, and each number an image.
  package init(
    images: any ImageSource, targets: TrainingTargets, task: ImageTask, training: [Int],
    heldOut: [Int]
  ) {
    precondition(targets.count == images.count, "\(targets.count) targets, \(images.count) images")
    precondition(targets.fault(for: task) == nil, "\(targets.fault(for: task) ?? "")")
    precondition((training + heldOut).allSatisfy { (0..<images.count).contains($0) })
    self.images = images
    self.targets = targets
    self.task = task
    self.training = training
    self.heldOut = heldOut
  }
}
