import Errors
import ImageModels
import ImageTraining
import Images
import Learning
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests images with arbitrary numeric samples, such as reflectances: two classes that differ in the level of one
/// channel.
struct PlainNumbersTests {
  private struct Reflectances: ImageSource {
    let count = 48

    func image(_ number: Int) throws(TrainingError) -> Image {
      var random = RandomStream(seed: 31, stream: UInt64(number))
      let samples = (0..<16 * 16 * 4).map { position in
        Float(random.next(below: 4000)) + (position % 4 == 1 && number % 2 == 1 ? 6000 : 0)
      }
      return Image(width: 16, height: 16, channels: 4, samples: .float32(samples))
    }
  }

  private var data: TrainingImages {
    TrainingImages(
      images: Reflectances(), targets: .classes((0..<48).map { $0 % 2 }),
      task: .classify(classes: ["low", "high"]), training: Array(0..<32), heldOut: Array(32..<48))
  }

  private var options: ImageTrainingOptions {
    var options = ImageTrainingOptions()
    options.transform = ImageTransform(size: ImageSize(32))
    options.transform.channels = 4
    options.epochCount = 3
    options.batchSize = 16
    options.threadCount = 2
    return options
  }

  @Test func theirLightIsNotChanged() throws {
    let error = #expect(throws: TrainingError.self) { try options.suited(to: data) }
    #expect(error?.code == .samplesOutOfRange && error?.remedy.contains("divide") == true)
    #expect(error?.description.contains("samples are from ") == true)
    let folder = try TemporaryFolder()
    let job = ImageTrainingJob(
      registry: ModelRegistry(folder.path("models"), forms: [.image]),
      name: try ModelName("numbers"), options: options,
      command: "test", latentVersion: "0")
    #expect(throws: TrainingError.self) {
      try job.run(data, fingerprint: "", readingSeconds: 0)
    }
  }

  @Test func theyAreNormalisedByWhatIsLearnedFrom() throws {
    var options = options
    options.transform.augmentation.lighting = 0
    let suited = try options.suited(to: data)
    let normalization = try #require(suited.transform.normalization)
    for channel in 0..<4 {
      let level: Float = channel == 1 ? 5000 : 2000
      #expect(abs(normalization.mean[channel] - level) < 200)
      #expect((400...4000).contains(normalization.deviation[channel]))
    }
    let trainer = try ImageTrainer(data, suited)
    let course = try trainer.fit()
    #expect(trainer.description.input.normalization == normalization)
    #expect(course.last.epochs.allSatisfy { ($0.trainingLoss ?? .nan) < 3 })
    // An explicit normalisation is kept.
    options.transform.normalization = Normalization(
      mean: [0, 0, 0, 0], deviation: [9999, 9999, 9999, 9999])
    #expect(
      try options.suited(to: data).transform.normalization == options.transform.normalization)
  }

  @Test func imagesOfBytesStayAsTheyAre() throws {
    let data = TrainingImages(
      images: CountingSource(count: 8, side: 4), targets: .classes([0, 1, 0, 1, 0, 1, 0, 1]),
      task: .classify(classes: ["a", "b"]), training: Array(0..<6), heldOut: [6, 7])
    var options = options
    options.transform.channels = 3
    let suited = try options.suited(to: data)
    #expect(suited.transform == options.transform)
  }
}
