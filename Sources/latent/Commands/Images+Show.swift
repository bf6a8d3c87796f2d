import ArgumentParser
import ImageData

extension ImagesCommand {
  /// `latent images show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a page with some images and their labels, in one file.",
      discussion: """
        Of classes there are as many images of each. Points are drawn; samples that are no bytes are spread over \
        what a screen shows, each channel by itself, and their range is told.
        """)

    @OptionGroup var data: ImageDataOptions
    @Option(help: ArgumentHelp("The page to write; - is standard output.", valueName: "file"))
    var out = "images.html"
    @Option(help: ArgumentHelp("Images to show.", valueName: "count"))
    var count = 48
    @Flag(help: "Show each channel by itself, too.")
    var channels = false
    @Option(help: "Decides which images.")
    var seed: UInt64 = 0

    func validate() throws {
      guard (1...2000).contains(count) else {
        throw ValidationError("--count must be from 1 to 2000.")
      }
    }

    func run() throws {
      let file = try OutputFile(out, endsWithSignals: true)
      let set = try data.block().dataSet()
      var options = SamplePage.Options()
      options.count = count
      options.seed = seed
      options.showsChannels = channels
      let page = SamplePage(
        set, title: data.labels ?? data.folder, options: options)
      try file.write(Array(page.html.utf8))
      try file.finish()
      if out != "-" { StandardError.write("wrote \(out)\n") }
    }
  }
}
