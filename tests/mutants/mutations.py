"""Single faults that one could put into the engine, as data: each is to make a test fail."""

from __future__ import annotations

from tests.mutants.mutation import TESTS
from tests.mutants.mutation import in_file as _in
from tests.mutants.wide_layers import WIDE_LAYERS

OBEDIENCE = f"{TESTS}/test_obedience.py"
PLAN = f"{TESTS}/test_plan_runs.py"
BITS = f"{PLAN}::test_weights_have_the_bits_of_the_plan"
SIZES = f"{PLAN}::test_no_more_is_computed_at_a_time_than_the_sizes_say"
HANDED_ON = f"{PLAN}::test_the_engine_hands_on_plan_folder_and_state"
WHOLE = f"{TESTS}/test_engine.py"
PARITY = f"{TESTS}/test_parity.py"

_SETTINGS = _in(
    "generation.py",
    (OBEDIENCE,),
    ("the sampler is always Euler", "SAMPLERS[self.settings.scheduler]", 'SAMPLERS["euler"]'),
    (
        "the noise levels are always Karras's",
        "sigmas_for(settings.scheduler, settings.sigmas, settings.steps)",
        'sigmas_for(settings.scheduler, "karras", settings.steps)',
    ),
    (
        "the interval of guidance is ignored",
        "interval=None if settings.guidance_interval is None else Interval(*settings.guidance_interval)",
        "interval=None",
    ),
    ("the frame rate told is constant", "added_time_ids(settings.fps,", "added_time_ids(7,"),
    ("the motion told is constant", "settings.motion, settings.noise_aug)", "127, settings.noise_aug)"),
    ("the noise told is constant", "settings.motion, settings.noise_aug)", "settings.motion, 0.02)"),
    (
        "the noise put on the photo is constant",
        "vae_image(self.photo, self.settings.noise_aug,",
        "vae_image(self.photo, 0.02,",
    ),
    ("the steps' noise is always of seed 0", "step_noise(self.settings.seed, step,", "step_noise(0, step,"),
    (
        "the steps' noise is always the first one's",
        "step_noise(self.settings.seed, step,",
        "step_noise(self.settings.seed, 0,",
    ),
    ("the photo's noise is the latents'", "gaussian(self.settings.seed, PHOTO,", "gaussian(self.settings.seed, 0,"),
    ("the photo's noise is always of seed 0", "gaussian(self.settings.seed, PHOTO,", "gaussian(0, PHOTO,"),
    (
        "the first latents are always of seed 0",
        "initial_latents(settings.seed, self.shape",
        "initial_latents(0, self.shape",
    ),
    (
        "guidance falls over the frames",
        "linear_guidance(settings.guidance_min, settings.guidance_max,",
        "linear_guidance(settings.guidance_max, settings.guidance_min,",
    ),
    ("guidance begins at 1", "linear_guidance(settings.guidance_min,", "linear_guidance(1.0,"),
    ("guidance ends at 3", "settings.guidance_max, settings.frames)", "3.0, settings.frames)"),
    (
        "the unconditional branch knows the photo",
        "network.conditioning(torch.zeros_like(self.image_embedding))",
        "network.conditioning(self.image_embedding)",
    ),
    (
        "the latents are half a frame's size",
        "settings.height // 8, settings.width // 8)",
        "settings.width // 8, settings.height // 8)",
    ),
    ("colours are cut off, not rounded", ".clamp(0, 1) * 255).round()", ".clamp(0, 1) * 255)"),
    ("colours beyond white begin at black again", ".clamp(0, 1) * 255)", " * 255)"),
)

_PLANS = _in(
    "generation.py",
    (PLAN,),
    ("the plan's chunks of the denoiser are ignored", "            whole.chunks = self.setup.plan.unet\n", ""),
    ("the plan's chunks of the decoder are ignored", "decoder.work(plan.vae, ", "decoder.work(vae.VAE_CHUNKS, "),
    ("weights are never streamed", "streamed=plan.streamed,", "streamed=False,"),
    (
        "frames are never offloaded",
        "(self.setup.scratch or Path(tempfile.gettempdir())) if plan.offload else None)",
        "None)",
    ),
)

_BITS = _in(
    "generation.py",
    (BITS,),
    ("16 bits are not kept", "(torch.float16 if plan.bits == 16 else None)", "None"),
    ("the denoiser's weights stay as they are", 'pack=self._packer("unet"),', "pack=None,"),
    ("the image encoder's weights stay as they are", 'pack=self._packer("image_encoder")', "pack=None"),
    ("the photo encoder's weights stay as they are", 'pack=self._packer("vae"))', "pack=None)"),
    ("weights are always packed at 8 bits", "packer(part, bits, self.setup", "packer(part, 8, self.setup"),
)

_HANDED_ON = _in(
    "engine.py",
    (HANDED_ON,),
    ("the plan is not handed on", "Generation(files, plan=_ours(plan), ", "Generation(files, "),
    ("the folder for frames is not handed on", "scratch=scratch, networks", "scratch=None, networks"),
    ("the state is not handed on", ".run(photo, settings, resume)", ".run(photo, settings)"),
)

_FINITE = _in(
    "generation.py",
    (WHOLE,),
    ("the photo's description may be infinite", """_check_finite(token, say("the photo's description"))""", "pass"),
    ("the photo's latents may be infinite", """_check_finite(latents, say("the photo's latents"))""", "pass"),
    ("a frame may be infinite", """_check_finite(frame, say("frame {number}", number=index + 1))""", "pass"),
    (
        "the denoiser always computes in full precision",
        "dtype=device.dtype,\n            storage_dtype=_kept_half(device) or",
        "storage_dtype=_kept_half(device) or",
    ),
    ("a stage that overflowed does so again", "replace(device, dtype=torch.float32)", "device"),
    ("a resumed run begins again", "run.state = from_checkpoint(", "from_checkpoint("),
    (
        "a resumed run forgets the last estimate",
        "None if self.state.denoised is None else self.state.denoised.to(device.name)",
        "None",
    ),
)

_SAMPLERS = _in(
    "sampler.py",
    (f"{TESTS}/test_sampler.py", OBEDIENCE),
    (
        "Euler steps too far",
        "_toward(denoised, state.latents, sigma_next / sigma)",
        "_toward(denoised, state.latents, (sigma_next / sigma) ** 2)",
    ),
    (
        "the ancestral step does not go beyond",
        "_toward(denoised, state.latents, ratio * ratio)",
        "_toward(denoised, state.latents, ratio)",
    ),
    ("the ancestral step adds too much noise", "math.sqrt(1 - ratio * ratio)", "math.sqrt(1 - ratio * ratio / 2)"),
    ("the ancestral noise is always the first step's", "noise(step).to(latents)", "noise(0).to(latents)"),
    ("DPM++ 2M is of first order", "if state.denoised is not None and sigma_next > 0:", "if False:"),
    ("DPM++ 2M corrects the other way", "(denoised - state.denoised)", "(state.denoised - denoised)"),
    ("DPM++ 2M takes its steps for equal", "(h / (2 * h_last))", "0.5"),
    (
        "LCM adds the noise of the level it leaves",
        "denoised + sigma_next * noise(step)",
        "denoised + sigma * noise(step)",
    ),
    ("LCM's noise is always the first step's", "noise(step).to(denoised)", "noise(0).to(denoised)"),
    ("sampling always begins at the first step", "range(state.step, len(levels) - 1)", "range(len(levels) - 1)"),
)

_SCHEDULES = _in(
    "schedule.py",
    (f"{TESTS}/test_schedule.py", OBEDIENCE),
    ("Karras's levels are spaced otherwise", "RHO = 7.0", "RHO = 6.9"),
    ("the cleanest level is another", "SIGMA_MIN = 0.002", "SIGMA_MIN = 0.003"),
    ("Align Your Steps lacks its last level", "0.173, 0.034, 0.002)", "0.173, 0.034)"),
    ("Align Your Steps has one step's level wrong", "1.789, 0.981,", "1.798, 0.981,"),
    (
        "Align Your Steps is interpolated without the logarithm",
        "np.exp(np.interp(at, np.arange(len(_AYS)), np.log(_AYS)))",
        "np.interp(at, np.arange(len(_AYS)), _AYS)",
    ),
    ("LCM's levels are taken from 41", "stride / (LCM_LEVELS - 1)", "stride / LCM_LEVELS"),
    ("LCM follows the setting", 'if sampler == "lcm":', "if not sampler:"),
    ("noise is left in the end", "np.append(sigmas, 0.0)", "np.append(sigmas, 1e-4)"),
)

_NOISE = _in(
    "noise.py",
    (f"{TESTS}/test_sampler.py", OBEDIENCE),
    ("the first step's noise is the photo's", "_FIRST_STEP = 2", "_FIRST_STEP = 1"),
    ("all noise is one stream", "key=np.array([seed, stream]", "key=np.array([seed, 0]"),
    ("large seeds are cut off", "key=np.array([seed, stream]", "key=np.array([seed % 2**32, stream]"),
)

_GUIDANCE = _in(
    "guidance.py",
    (f"{TESTS}/test_guidance.py", OBEDIENCE),
    ("guidance is one too strong", "unguided + weight * (", "prediction + weight * ("),
    ("guidance goes the other way", "(prediction - unguided)", "(unguided - prediction)"),
    ("the prediction is added", "(sigma * sigma + 1) - prediction", "(sigma * sigma + 1) + prediction"),
    ("the latents are not scaled", "scaled = latents / math.sqrt(sigma * sigma + 1)", "scaled = latents"),
    ("the network is told another time", "0.25 * math.log(sigma)", "0.24 * math.log(sigma)"),
    ("the interval's ends are outside", "self.low <= sigma <= self.high", "self.low < sigma < self.high"),
    ("the unconditional branch sees the photo", "torch.zeros_like(self.image_latents)", "self.image_latents"),
    (
        "the photo comes before the latents",
        "torch.cat([scaled, repeated], dim=1)",
        "torch.cat([repeated, scaled], dim=1)",
    ),
    ("guidance of 1 costs a pass", "if guided and bool((self.guidance != 1).any()) else 1", "if guided else 1"),
    ("a prediction may be infinite", "if not bool(torch.isfinite(prediction).all()):", "if False:"),
    (
        "guidance is the same for all frames",
        "torch.linspace(lowest, highest, frames)",
        "torch.linspace(highest, highest, frames)",
    ),
)

_CONDITIONING = _in(
    "conditioning.py",
    (f"{TESTS}/test_conditioning.py", OBEDIENCE),
    ("the three numbers are in another order", "[[fps - 1, motion, noise_aug]]", "[[motion, fps - 1, noise_aug]]"),
    ("the frame rate is not one less", "[[fps - 1, motion, noise_aug]]", "[[fps, motion, noise_aug]]"),
    ("the noise is taken off the photo", "_signed(photo) + noise_aug * noise", "_signed(photo) - noise_aug * noise"),
    ("the photo is shrunk without a blur", "blurred = _blur(_blur(signed, dim=2), dim=3)", "blurred = signed"),
    ("the photo is not stretched to its corners", "align_corners=True", "align_corners=False"),
    (
        "red is normalised as blue",
        "_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)",
        "_CLIP_MEAN = (0.40821073, 0.4578275, 0.48145466)",
    ),
)

_UNET = _in(
    "unet.py",
    (PARITY,),
    ("the time is ignored", "silu(time + self._ids2(", "silu(0 * time + self._ids2("),
    ("the three numbers are ignored", "silu(time + self._ids2(", "silu(time + 0 * self._ids2("),
    ("the last norm's eps is another", '"conv_norm_out", width, 1e-5)', '"conv_norm_out", width, 1e-6)'),
    ("eps of the blocks that attend, on the way down", "eps = 1e-6 if attends else 1e-5", "eps = 1e-5"),
    ("eps of the blocks that don't, on the way down", "eps = 1e-6 if attends else 1e-5", "eps = 1e-6"),
    (
        "eps of the first block in the middle",
        "channels, channels, 1e-5, config, level)",
        "channels, channels, 1e-6, config, level)",
    ),
    (
        "eps of the second block in the middle",
        "channels, channels, 1e-5, config, None)",
        "channels, channels, 1e-6, config, None)",
    ),
    ("eps on the way up", "inputs, outputs, 1e-6, config, level", "inputs, outputs, 1e-5, config, level"),
    ("the skip comes first", "torch.cat((self.x[some], skip[some]), -1)", "torch.cat((skip[some], self.x[some]), -1)"),
)

_TRANSFORMER = _in(
    "transformer.py",
    (PARITY,),
    ("eps of the transformer's GroupNorm", '"norm", channels, 1e-6)', '"norm", channels, 1e-5)'),
    ("frames are not told apart", "mixed = part + frame_embeddings[:, None]", "mixed = part.clone()"),
    (
        "all frames are the first",
        "torch.arange(frames, device=self.weights.device)",
        "torch.zeros(frames, device=self.weights.device)",
    ),
    (
        "the mix factor is the spatial one",
        "constant, chunks), self.mix_factor)",
        "constant, chunks), 1 - self.mix_factor)",
    ),
    (
        "the constants of space and time are swapped",
        "[block.cross for block in self.spatial] + [block.cross for block in self.temporal]",
        "[block.cross for block in self.temporal] + [block.cross for block in self.spatial]",
    ),
    (
        "the first feed-forward over time is left out",
        "self.feed_forward_in.add_to(x, self.norm_in, chunks.rows)",
        "pass",
    ),
)

_LAYERS = _in(
    "layers.py",
    (PARITY,),
    ("eps of LayerNorm", "channels: int, eps: float = 1e-5)", "channels: int, eps: float = 1e-6)"),
    (
        "the sines come first",
        "torch.cat((angles.cos(), angles.sin()), -1)",
        "torch.cat((angles.sin(), angles.cos()), -1)",
    ),
    ("the frequencies fall faster", "(-math.log(10000) / half)", "(-math.log(10000) / (half - 1))"),
    ("the gate is gated", "value, gate = self.proj", "gate, value = self.proj"),
)

_RESBLOCKS = _in(
    "resblocks.py",
    (PARITY,),
    ("the mix factors are inversed", "factor if inverse else -factor", "-factor if inverse else factor"),
    ("the spatial share is the temporal one", "alpha=mix_factor)", "alpha=1 - mix_factor)"),
    (
        "the blocks over time ignore the noise level",
        "bias = _with_time(self.conv1.bias, self.time, time)\n        frames",
        "bias = self.conv1.bias\n        frames",
    ),
    (
        "a clip's ends are repeated for the convolution over time",
        "first(_gather(clip, part, scale, offset)[None], bias, (1, 0))[0]",
        "(lambda x: first(torch.cat((x[:1], x, x[-1:]))[None], bias)[0])(_gather(clip, part, scale, offset))",
    ),
)

_AUTOENCODER = _in(
    "vae.py",
    (PARITY,),
    ("the scaling is always the usual one", "/ self.config.scaling)", "/ 0.18215)"),
    ("eps of its norms", "\n_EPS = 1e-6", "\n_EPS = 1e-5"),
    ("eps of its norms over time", "_TEMPORAL_EPS = 1e-5", "_TEMPORAL_EPS = 1e-6"),
    (
        "halving pads the other edges",
        "nn.functional.pad(x, (0, 0, 0, 1, 0, 1))",
        "nn.functional.pad(x, (0, 0, 1, 0, 1, 0))",
    ),
    (
        "the latents are the deviation, not the mode",
        "[..., : self.config.latent_channels]",
        "[..., self.config.latent_channels :]",
    ),
    ("its mix factors are as the denoiser's", ", inverse=True\n", "\n"),
    ("it attends too early", "if index == 1:", "if index == 0:"),
    ("time runs backwards at the end", "(at - 1, at, at + 1)", "(at + 1, at, at - 1)"),
    ("a clip's ends are repeated at the end", "else blank for", "else pixels[at] for"),
)

_CLIP = _in(
    "clip.py",
    (PARITY,),
    ("eps of the first norm", '"pre_layrnorm", width, config.eps)', '"pre_layrnorm", width)'),
    ("eps of the blocks' first norm", '"layer_norm1", width, config.eps)', '"layer_norm1", width)'),
    ("eps of the blocks' second norm", '"layer_norm2", width, config.eps)', '"layer_norm2", width)'),
    ("eps of the last norm", '"post_layernorm", width, config.eps)', '"post_layernorm", width)'),
    ("it describes the first patch", "self._norm_out(x[:, 0])", "self._norm_out(x[:, 1])"),
)

_ATTENTION = _in(
    "attention.py",
    (SIZES, PARITY),
    ("long sequences attend without scaling", "k[at, :, columns] * width**-0.5", "k[at, :, columns]"),
    ("all queries are taken together", "at_a_time(tokens, max(1, scores // (heads * tokens)), q.device)", "tokens"),
    ("all frames are taken together", "scores // (heads * tokens * tokens)", "batch"),
)

_CHUNKS = _in(
    "chunking.py",
    (SIZES,),
    ("all frames are taken together", "max(1, self.tokens // positions)", "max(1, self.tokens)"),
    ("all positions are taken together", "max(1, self.tokens // frames)", "max(1, self.tokens)"),
)

_WEIGHTS = _in(
    "streaming.py",
    (BITS,),
    ("streamed weights are not rounded", "if self.storage_dtype is not None:", "if False:"),
)

MUTATIONS = (
    *_SETTINGS,
    *_PLANS,
    *_BITS,
    *_HANDED_ON,
    *_FINITE,
    *_SAMPLERS,
    *_SCHEDULES,
    *_NOISE,
    *_GUIDANCE,
    *_CONDITIONING,
    *_UNET,
    *_TRANSFORMER,
    *_LAYERS,
    *_RESBLOCKS,
    *_AUTOENCODER,
    *_CLIP,
    *_ATTENTION,
    *_CHUNKS,
    *_WEIGHTS,
    *WIDE_LAYERS,
)
