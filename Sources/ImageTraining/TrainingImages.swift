package import ImageModels
import Images

/// Images with their targets, split into training and held-out images.
package struct TrainingImages: Sendable {
  package let images: any ImageSource
  package let targets: TrainingTargets
  package let task: ImageTask
  /// The numbers of the training images, and of the held-out ones.
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
